/**
 * Changes one thing at a time in the files of killers.mjs and runs their tests: `npm run mutate`, or
 * `npm run mutate -- src/socket/peer.ts` for some of them. Prints each change that no test notices;
 * some make no observable difference, so it never fails because of one.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './judge.mjs';
import { KILLERS } from './killers.mjs';

const ROOT = join(import.meta.dirname, '../..');
const REPORT = join(ROOT, 'build/mutation.json');
const STRYKER = join(import.meta.dirname, 'node_modules/.bin/stryker');

function mutate(file) {
  rmSync(REPORT, { force: true });
  const env = { ...process.env, V6ONLY_MUTATE: file };
  const args = ['run', 'tools/mutate/stryker.config.mjs'];
  const { status } = spawnSync(STRYKER, args, { cwd: ROOT, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`Stryker could not mutate ${file}, see above`);
  const { files } = JSON.parse(readFileSync(REPORT, 'utf8'));
  if (files[file] === undefined) throw new Error(`Stryker's report says nothing of ${file}`);
  return judge(files[file]);
}

function print(file, { survivors, unknown, noticed, total }) {
  for (const { location, status, was, becomes } of [...survivors, ...unknown])
    console.log(`${file}:${location.start.line} ${status}\n  - ${was}\n  + ${becomes}`);
  console.log(`${file}: ${noticed} of ${total} noticed`);
}

const given = process.argv.slice(2);
const unknown = given.filter((file) => !(file in KILLERS));
if (unknown.length > 0)
  throw new Error(`${unknown} has no tests in killers.mjs; known are ${Object.keys(KILLERS).join(', ')}`);

const sum = { noticed: 0, total: 0 };
for (const file of given.length > 0 ? given : Object.keys(KILLERS)) {
  const verdict = mutate(file);
  print(file, verdict);
  sum.noticed += verdict.noticed;
  sum.total += verdict.total;
}
console.log(`${sum.noticed} of ${sum.total} mutants noticed`);
