import { defineConfig } from 'vitest/config';

/** Port numbers are the whole machine's: one that a test has just given back may be taken by another at once. */
const retry = process.env['CI'] === undefined ? 0 : 1;

const limits = { pool: 'forks', testTimeout: 20_000, hookTimeout: 60_000, retry } as const;

/** Where a package is installed, tests of its public functions take those from there (tools/test-nodes.mjs). */
const installed = process.env['V6ONLY_PACKAGE'];
const alias =
  installed === undefined
    ? []
    : [{ find: /^\.\.\/\.\.\/src\/index$/, replacement: `${installed}/dist/index.js` }];

/**
 * `tests` is what `npm test` runs; `cross` downloads a compiler and builds for every platform; `platforms` downloads
 * programs and runs what was built.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/cross/**', 'test/platforms/**'],
          ...limits,
        },
      },
      { test: { name: 'cross', include: ['test/cross/**/*.test.ts'], ...limits } },
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
