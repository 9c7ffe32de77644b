// Counts what a stage of .ci/run did, from its output: `node tools/ci-count.mjs LOG`. Prints one line for the table.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** What the stages print, and what is counted: the sum of the numbers, or, without a number, the lines. */
const COUNTS = [
  { pattern: /^ +Tests .*?(\d+) passed/gm, words: 'tests passed' },
  { pattern: /^ +Tests .*?(\d+) failed/gm, words: 'failed' },
  { pattern: /^ +Tests .*?(\d+) skipped/gm, words: 'skipped' },
  { pattern: /^(\d+) tests passed only when tried again:$/gm, words: 'only when tried again' },
  { pattern: /^\w+: (\d+) runs, /gm, words: 'inputs' },
  { pattern: /^every function was called$/gm, words: 'program under valgrind' },
  { pattern: /^(\d+) (?:calls|listens|connections) in /gm, words: 'calls, listens and connections' },
  { pattern: /^Checked (\d+) files/gm, words: 'files' },
  { pattern: /^added (\d+) packages/gm, words: 'packages' },
  { pattern: /^ok [^ ]+\.node: /gm, words: 'binaries' },
];

const [, , log = ''] = process.argv;
const text = stripVTControlCharacters(readFileSync(log, 'utf8'));
const counted = COUNTS.map(({ pattern, words }) => {
  const sum = [...text.matchAll(pattern)].reduce((before, [, number = 1]) => before + Number(number), 0);
  return { sum, words };
});
const lines = counted.filter(({ sum }) => sum > 0).map(({ sum, words }) => `${sum} ${words}`);
console.log(lines.join(', ') || '-');
