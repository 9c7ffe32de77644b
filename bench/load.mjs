/** What loading costs a program that has servers anyway: ours with its first call, and the packages beside it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { note, report, working } from './results.mjs';
import { interleave, median, ROUNDS } from './rounds.mjs';

const require = createRequire(import.meta.url);
const entry = require.resolve('..');
const address = join(dirname(entry), 'address.js');

/** What each may take beyond an empty module that is loaded in the same way. */
const GOALS = [
  { name: 'the addon alone', empty: 'an empty module', ms: 2 },
  { name: 'v6only and its first call', empty: 'an empty module', ms: 3 },
  { name: 'the same by require', empty: 'an empty module by require', ms: 2.5 },
  { name: 'v6only/address by require', empty: 'an empty module by require', ms: 0.7 },
];

const MEASURED = `
const server = require('node:net').createServer();
const start = process.hrtime.bigint();
IMPORT.then(() => console.log(Number(process.hrtime.bigint() - start) / 1e6));`;

function time(load) {
  const code = MEASURED.replace('IMPORT', load);
  return () => Number(execFileSync(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] }));
}

const load = (file) => () => time(`import(${JSON.stringify(file)})`);
const byRequire = (file) => () => time(`Promise.resolve(require(${JSON.stringify(file)}))`);
const peer = (name) => [name, () => load(require.resolve(name))()];
const PEERS = ['sockopt', 'koffi', 'systeminformation', 'node-netstat', 'pid-port'];

/** The median round by round, and that of the least of each: on a busy machine the second says more. */
function noteBeyond(what, costs, base, goal) {
  const typical = median(costs.map((cost, round) => cost - base[round]));
  const least = Math.min(...costs) - Math.min(...base);
  const reached = Math.min(typical, least) <= goal ? 'reached' : 'missed';
  const text = `${typical.toFixed(2)} ms, least ${least.toFixed(2)} ms`;
  note('load, beyond an empty module', what, text, `${goal} ms: ${reached}`);
}

async function measure(empty, addon) {
  writeFileSync(empty, '');
  const file = require('node-gyp-build').path(join(dirname(entry), '..'));
  writeFileSync(addon, `require(${JSON.stringify(file)})`);
  const ours = `import(${JSON.stringify(entry)}).then(({ setV6Only }) => setV6Only(server))`;
  const required = `Promise.resolve(require(${JSON.stringify(entry)}).setV6Only(server))`;
  const contenders = await working('load', {
    "import('node:net')": () => time("import('node:net')"),
    'an empty module': load(empty),
    'the addon alone': load(addon),
    'v6only and its first call': () => time(ours),
    'the same by require': () => time(required),
    'an empty module by require': byRequire(empty),
    'v6only/address by require': byRequire(address),
    ...Object.fromEntries(PEERS.map(peer)),
  });
  const costs = await interleave(contenders, ROUNDS);
  report('load', 'ms', costs);
  for (const { name, empty: base, ms } of GOALS) noteBeyond(name, costs[name], costs[base], ms);
}

export async function benchLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-bench-'));
  try {
    await measure(join(folder, 'empty.cjs'), join(folder, 'addon.cjs'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
