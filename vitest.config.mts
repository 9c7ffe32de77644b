import { defineConfig } from 'vitest/config';

const limits = { pool: 'forks', testTimeout: 20_000, hookTimeout: 60_000 } as const;

/** `tests` is what `npm test` runs; `cross` downloads a compiler and builds for every platform. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: ['test/cross/**'], ...limits } },
      { test: { name: 'cross', include: ['test/cross/**/*.test.ts'], ...limits } },
    ],
  },
});
