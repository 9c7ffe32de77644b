/** For one file at a time, which run.mjs names. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/mutate/vitest.config.mjs', related: false },
  mutate: [process.env.V6ONLY_MUTATE ?? ''],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // An endless loop is noticed by its count; a busy machine must not be taken for one.
  timeoutMS: 60_000,
  disableTypeChecks: false,
  tsconfigFile: 'tools/mutate/none.json',
  ignorePatterns: ['bench', 'prebuilds', 'native', 'examples', 'tools/*/node_modules', 'coverage'],
  tempDirName: 'build/stryker',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation.json' },
};
