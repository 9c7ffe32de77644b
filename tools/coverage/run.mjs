/**
 * Lines and branches of src/ and native/ that the tests reach, file by file: `npm run coverage`, with names of tests
 * after `--` for these alone. They run in a copy of the repository whose src/, dist/ and addon have counters, so that
 * their children count too. Fails where less is reached than the floors
 * of report.mjs; with `--print` it only says so, for a machine so slow that tests end before they have come everywhere.
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
/** As binding.gyp has it: it is the addon's `new` that the addon calls. */
const OWN_OPERATORS = '-Wl,-Bsymbolic';
/** Their measure is time, which counting takes, or the text of src/, where the counters are. */
const OF_TIME_OR_TEXT = '^(?!.*(is quick with|allocates nothing|reason that it names|only re-exports))';

function measure(copy, tests) {
  copyWithAddon(copy, [...GCOV, OWN_OPERATORS]);
  copyFileSync(join(ROOT, 'rolldown.config.mjs'), join(copy, 'rolldown.config.mjs'));
  const counters = countSources(copy);
  const env = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'exit-when-told.mjs')}` };
  const args = ['--reporter=dot', `--testNamePattern=${OF_TIME_OR_TEXT}`, ...tests];
  // What fails here may fail for the time that counting takes: whether all tests pass is for npm test.
  runTests(copy, args, env);
  const fuzzed = runFuzzers(join(copy, 'build/fuzz'));
  const sources = reachedOfSources(copy, counters).figures();
  const native = reachedOfNative([join(copy, 'build/Release'), ...fuzzed]).figures();
  return [...sources, ...native].sort((a, b) => (a.path < b.path ? -1 : 1));
}

// Some children are of other users, and theirs are the same files.
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
