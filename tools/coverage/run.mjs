/**
 * Lines and branches of src/ and native/ that the tests reach, by file: `npm run coverage`, with test names after `--`
 * for only those. They run in a copy of the repository whose src/, dist/ and addon have counters, so that their
 * children count too. Fails if less is reached than the floors of report.mjs; with `--print` it only reports it, for a
 * machine so slow that tests end before reaching everything.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyWithAddon, runTests } from '../instrumented.mjs';
import { GCOV, reachedOfNative, runFuzzers } from './native.mjs';
import { complaints, table } from './report.mjs';
import { countSources, reachedOfSources } from './src.mjs';

const ROOT = join(import.meta.dirname, '../..');
const TESTS = [
  ...['kernel', 'runtime', 'machine', 'matrix', 'socket', 'listen', 'cli'].map((room) => `test/${room}`),
  ...['test/netns', 'test/fuzz'],
  ...[
    'test/faults/every-call.test.ts',
    'test/package/addon-unavailable.test.ts',
    'test/package/loading.test.ts',
  ],
];
/** As in binding.gyp: makes the addon call its own `new`. */
const OWN_OPERATORS = '-Wl,-Bsymbolic';
/** They measure time, which counting adds to, or the text of src/, which contains the counters. */
const OF_TIME_OR_TEXT = '^(?!.*(is quick with|allocates nothing|reason that it names|only re-exports))';

function measure(copy, tests) {
  copyWithAddon(copy, [...GCOV, OWN_OPERATORS]);
  copyFileSync(join(ROOT, 'rolldown.config.mjs'), join(copy, 'rolldown.config.mjs'));
  const counters = countSources(copy);
  const env = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'exit-when-told.mjs')}` };
  const args = ['--reporter=dot', `--testNamePattern=${OF_TIME_OR_TEXT}`, ...tests];
  // Tests may fail here because counting takes time: npm test decides whether all pass.
  runTests(copy, args, env);
  const fuzzed = runFuzzers(join(copy, 'build/fuzz'));
  const sources = reachedOfSources(copy, counters).figures();
  const native = reachedOfNative([join(copy, 'build/Release'), ...fuzzed]).figures();
  return [...sources, ...native].sort((a, b) => (a.path < b.path ? -1 : 1));
}

// Some children run as other users, and write the same files.
process.umask(0);
const args = process.argv.slice(2);
const asked = args.filter((arg) => arg !== '--print');
const copy = mkdtempSync(join(tmpdir(), 'v6only-coverage-'));
try {
  const figures = measure(copy, asked.length > 0 ? asked : TESTS);
  console.log(table(figures));
  const wrong = asked.length > 0 ? [] : complaints(figures);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0 && !args.includes('--print')) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true });
}
