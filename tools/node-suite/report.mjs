// What a run prints, and what of it is wrong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, staleRows } from './known.mjs';
import { CACHE } from './lines.mjs';

/** The one line of a failure that says most. */
function gist({ outcomes, output }) {
  const lines = output.split('\n').map((text) => text.trim());
  const said =
    lines.find((text) => /^(?:\w*Error\b.*:|Mismatched |Uncaught )/.test(text)) ?? lines.find(Boolean);
  return `${[...new Set(outcomes)].join(', ')}${said === undefined ? '' : `: ${said.slice(0, 140)}`}`;
}

const titleOf = ({ version, stack, future }) =>
  `Node ${version}, ${stack}${future === null ? '' : `, future ${future}`}`;

/** Prints a row for each difference, and what was not compared. Returns how many things are wrong. */
export function printRun(run, names, found) {
  const differs = found
    .filter(({ verdict }) => verdict === 'differs')
    .map((test) => ({ ...test, reason: reasonOf(test, run) }));
  const left = found.filter(({ verdict }) => verdict === 'not compared');
  const compared = names.length - left.length;
  console.log(`\n${titleOf(run)}: ${compared} compared, ${differs.length} differ (${run.seconds} s)`);
  for (const test of differs) {
    console.log(`  ${test.name} | ${run.stack} | ${gist(test)} | ${test.reason ?? 'NO REASON KNOWN'}`);
  }
  for (const test of found.filter(({ verdict }) => verdict === 'once')) {
    console.log(`  ${test.name} not counted, once in three runs: ${gist(test)}`);
  }
  for (const test of left) {
    console.log(`  ${test.name} not compared, without the package ${test.stocks}: ${gist(test)}`);
  }
  const failed = new Set(found.map(({ name }) => name));
  const passed = new Set(names.filter((name) => !failed.has(name)));
  const stale = staleRows(run, passed);
  for (const { test } of stale) console.log(`  ${test} | ${run.stack} | passes | STILL IN known.mjs`);
  return differs.filter(({ reason }) => reason === undefined).length + stale.length;
}

/** All that the tests said, to look into. */
export function keep(run, found) {
  const folder = join(CACHE, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${run.line}-${run.stack}${run.future === null ? '' : `-${run.future}`}.json`);
  writeFileSync(file, JSON.stringify({ run, found }, null, 2));
  console.log(`  ${file}`);
}
