/** For one file at a time, set by run.mjs. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/mutate/vitest.config.mjs', related: false },
  mutate: [process.env.V6ONLY_MUTATE ?? ''],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Stryker detects an endless loop by counting iterations; a busy machine must not look like one.
  timeoutMS: 60_000,
  disableTypeChecks: false,
  tsconfigFile: 'tools/mutate/none.json',
  ignorePatterns: ['bench', 'prebuilds', 'native', 'examples', 'tools/*/node_modules', 'coverage'],
  tempDirName: 'build/stryker',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation.json' },
};
