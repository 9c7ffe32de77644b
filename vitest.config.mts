import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Port numbers are the whole machine's: one that a test has just given back may be taken by another at once. Every test
 * that needed it is named (test/harness/retries-reporter.ts).
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** Also where there is one processor: tests wait for their children and for the kernel most of the time. */
const WORKERS = 3;

/**
 * Python is a witness hundreds of times, and a version manager's script in its place (pyenv) takes ten times as long to
 * start. Behind it is what the script would run.
 */
function pathWithPython(): string {
  const { PATH = '' } = process.env;
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  const folder = python.status === 0 ? dirname(python.stdout.trim()) : '';
  return folder === '' || PATH.split(delimiter).includes(folder) ? PATH : [folder, PATH].join(delimiter);
}

const limits = {
  env: { PATH: pathWithPython() },
  pool: 'forks',
  maxWorkers: WORKERS,
  // For a machine with other work; what a test asserts to be soon it measures itself.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  retry,
} as const;

/**
 * Where a package is installed, the tests of what users call take that instead of the sources (tools/test-nodes.mjs).
 * A test that puts a system of its own under the sources (`vi.mock`) keeps them.
 */
const installed = process.env['V6ONLY_PACKAGE'];
const mocks = (file: string): boolean => readFileSync(file, 'utf8').includes('vi.mock(');
const testInstalled = {
  name: 'test-installed',
  enforce: 'pre',
  resolveId: (source: string, importer = '') =>
    installed !== undefined && source === '../../src/index' && !mocks(importer)
      ? join(installed, 'dist/index.js')
      : undefined,
} as const;

/**
 * `tests` is what `npm test` runs; `cross` downloads a compiler and builds for every platform; `platforms` downloads
 * programs and runs what was built; `ecosystem` needs the packages of its folder's lock file.
 */
export default defineConfig({
  test: {
    // Before the default one, so that the counts of that come last. Naming any leaves out the one for GitHub.
    reporters: [
      './test/harness/skips-reporter.ts',
      './test/harness/retries-reporter.ts',
      'default',
      ...(process.env['GITHUB_ACTIONS'] === 'true' ? ['github-actions'] : []),
    ],
    projects: [
      {
        plugins: [testInstalled],
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cross/**', 'test/ecosystem/**', 'test/platforms/**'],
          ...limits,
        },
      },
      { test: { name: 'cross', include: ['test/cross/**/*.test.ts'], ...limits } },
      { test: { name: 'ecosystem', include: ['test/ecosystem/*.test.ts'], ...limits } },
      {
        test: {
          name: 'platforms',
          include: ['test/platforms/**/*.test.ts'],
          maxConcurrency: 2,
          ...limits,
        },
      },
    ],
  },
});
