/** What `import('v6only')` costs a program that has servers anyway. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { interleave, ROUNDS, report } from './rounds.mjs';

const entry = createRequire(import.meta.url).resolve('..');

const MEASURED = `
const server = require('node:net').createServer();
const start = process.hrtime.bigint();
IMPORT.then(() => console.log(Number(process.hrtime.bigint() - start) / 1e6));`;

function time(load) {
  const code = MEASURED.replace('IMPORT', load);
  return () => Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }));
}

export async function benchLoad() {
  const ours = `import(${JSON.stringify(entry)}).then(({ setV6Only }) => setV6Only(server))`;
  const costs = await interleave(
    { "import('node:net')": time("import('node:net')"), 'v6only and its first call': time(ours) },
    ROUNDS,
  );
  report('load', 'ms', costs);
}
