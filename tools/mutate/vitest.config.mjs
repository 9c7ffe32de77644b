import { defineConfig } from 'vitest/config';
import { KILLERS } from './killers.mjs';

const tests = KILLERS[process.env.V6ONLY_MUTATE ?? ''] ?? [];

/** The tests that can kill a mutant. */
export default defineConfig({
  test: {
    include: tests.map((name) => `test/${name}.test.ts`),
    setupFiles: ['tools/mutate/setup.mts'],
    env: { V6ONLY_TEST_SPELLINGS: '3000' },
    testTimeout: 20_000,
  },
});
