import { defineConfig } from 'vitest/config';

/** Of the tests on sockets those that are quick; the tables have unit tests. */
const integration = ['listen-arguments', 'listen-hosts', 'listen-stacks', 'peer'];

/** The tests that may kill a mutant. */
export default defineConfig({
  test: {
    include: [
      'test/unit/{address,bind-address,errors,socket-rows}.test.ts',
      ...integration.map((name) => `test/integration/${name}.test.ts`),
    ],
    // Their measure is time and memory, which the instrumented code takes more of.
    testNamePattern: /^(?!.*(is quick with|allocates nothing|bears a hundred))/,
    env: { V6ONLY_TEST_SPELLINGS: '3000' },
    testTimeout: 20_000,
  },
});
