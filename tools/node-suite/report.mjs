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

export function printStock(stock) {
  console.log(`${stock.compared.length} tests pass without the package and are compared; these are not:`);
  for (const test of stock.left) console.log(`  ${test.name}  ${gist(test)}`);
}

/** Prints a row for each difference. Returns how many things are wrong. */
export function printRun(run, stock, found, isWhole) {
  const title = `Node ${run.version}, ${run.stack}${run.future === null ? '' : `, future ${run.future}`}`;
  const differs = found.filter(({ verdict }) => verdict === 'differs');
  console.log(`\n${title}: ${stock.compared.length} compared, ${differs.length} differ (${run.seconds} s)`);
  const rows = differs.map((test) => ({ ...test, reason: reasonOf(test, run) }));
  for (const test of rows) {
    console.log(`  ${test.name} | ${run.stack} | ${gist(test)} | ${test.reason ?? 'NO REASON KNOWN'}`);
  }
  for (const test of found.filter(({ verdict }) => verdict !== 'differs')) {
    console.log(`  ${test.name} not counted, ${test.verdict}: ${test.outcomes}; stock ${test.stocks}`);
  }
  const failed = new Set(found.map(({ name }) => name));
  const passed = new Set(stock.compared.filter((name) => !failed.has(name)));
  const stale = isWhole ? staleRows(run, passed) : [];
  for (const { test } of stale) console.log(`  ${test} | ${run.stack} | passes | STILL IN known.mjs`);
  return rows.filter(({ reason }) => reason === undefined).length + stale.length;
}

/** All that the tests said, to look into. */
export function keep(run, stock, found) {
  const folder = join(CACHE, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${run.line}-${run.stack}${run.future === null ? '' : `-${run.future}`}.json`);
  writeFileSync(file, JSON.stringify({ run, stock, found }, null, 2));
  console.log(`  ${file}`);
}
