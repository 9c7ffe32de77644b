/** Lists each test that passed only when retried (`retry` in vitest.config.mts), and why it failed at first. */
import type { Reporter, TestModule, Vitest } from 'vitest/node';

export default class RetriesReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const retried = modules
      .flatMap((module) => [...module.children.allTests()])
      .filter((test) => test.diagnostic()?.flaky === true);
    if (retried.length === 0) return;
    this.#vitest?.logger.log(`\n${retried.length} tests passed only when tried again:`);
    for (const test of retried) {
      const [why] = test.result().errors ?? [];
      this.#vitest?.logger.log(`  ${test.module.relativeModuleId} > ${test.fullName}: ${why?.message ?? ''}`);
    }
  }
}
