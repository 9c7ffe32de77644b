/** What `import('v6only')` costs a program that has servers anyway. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { interleave, median, ROUNDS, report } from './rounds.mjs';

const entry = createRequire(import.meta.url).resolve('..');
const GOAL_MS = 5;
const ADDON_GOAL_MS = 2;

const MEASURED = `
const server = require('node:net').createServer();
const start = process.hrtime.bigint();
IMPORT.then(() => console.log(Number(process.hrtime.bigint() - start) / 1e6));`;

function time(load) {
  const code = MEASURED.replace('IMPORT', load);
  return () => Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }));
}

/** The median round by round, and that of the least of each: on a busy machine the second says more. */
function reportBeyond(what, costs, base, goal) {
  const typical = median(costs.map((cost, round) => cost - base[round]));
  const least = Math.min(...costs) - Math.min(...base);
  const reached = Math.min(typical, least) <= goal ? 'reached' : 'missed';
  console.log(`  ${what}: ${typical.toFixed(2)} ms, least ${least.toFixed(2)} ms   goal ${goal}: ${reached}`);
}

export async function benchLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-bench-'));
  try {
    const empty = join(folder, 'empty.cjs');
    const addon = join(folder, 'addon.cjs');
    const code = `require(${JSON.stringify(entry)}).setV6Only(server)`;
    writeFileSync(empty, '');
    const file = createRequire(import.meta.url)('node-gyp-build').path(join(dirname(entry), '..'));
    writeFileSync(addon, `require(${JSON.stringify(file)})`);
    const ours = `import(${JSON.stringify(entry)}).then(({ setV6Only }) => setV6Only(server))`;
    const costs = await interleave(
      {
        "import('node:net')": time("import('node:net')"),
        'an empty module': time(`import(${JSON.stringify(empty)})`),
        'the addon alone': time(`import(${JSON.stringify(addon)})`),
        'v6only and its first call': time(ours),
        'the same by require': time(`Promise.resolve(${code})`),
      },
      ROUNDS,
    );
    report('load', 'ms', costs);
    const base = costs['an empty module'];
    reportBeyond('the addon beyond an empty module', costs['the addon alone'], base, ADDON_GOAL_MS);
    reportBeyond(
      'v6only and its first call beyond an empty module',
      costs['v6only and its first call'],
      base,
      GOAL_MS,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
