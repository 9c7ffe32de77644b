/**
 * Prints why tests were skipped, grouped. The reason is in a title made by `withReason()`, the test's own or that of a
 * `describe`, or in the note of `ctx.skip(note)`. A test skipped without a reason fails the run.
 */
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

/** From the outermost `describe` to the innermost. */
function suitesOf(test: TestCase): TestSuite[] {
  const suites: TestSuite[] = [];
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) suites.unshift(parent);
  return suites;
}

function chainOf(test: TestCase): string[] {
  return [...suitesOf(test), test].map(({ name }) => name);
}

/** Tests after a `beforeAll` that threw are skipped too; that is reported as a failure. */
function isBehindFailure(test: TestCase): boolean {
  return [...suitesOf(test), test.module].some((one) => one.errors().length > 0);
}

function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  if (note !== undefined) return note;
  return chainOf(test)
    .map((name) => /\(skipped: (.*)\)/s.exec(name)?.[1])
    .find((reason) => reason !== undefined);
}

function countedByReason(skipped: readonly TestCase[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const test of skipped) {
    const name = `${test.module.relativeModuleId} > ${chainOf(test).join(' > ')}`;
    const reason = reasonOf(test) ?? `no reason given: ${name}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

/** The lines of the block; none if nothing was skipped. */
function blockOf(skipped: readonly TestCase[]): string[] {
  const counts = [...countedByReason(skipped)].sort(([, a], [, b]) => b - a);
  const width = String(counts[0]?.[1] ?? 0).length;
  const lines = counts.map(([reason, count]) => `  ${String(count).padStart(width)} × ${reason}`);
  return lines.length === 0 ? [] : ['', `${skipped.length} tests skipped:`, ...lines, ''];
}

export default class SkipsReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules
      .flatMap((module) => [...module.children.allTests('skipped')])
      .filter((test) => this.#isWanted(test));
    for (const line of blockOf(skipped)) this.#vitest?.logger.log(line);
    // In watch mode the process continues.
    if (skipped.some((test) => reasonOf(test) === undefined)) process.exitCode = 1;
  }

  /** Tests excluded by `--testNamePattern` are skipped too; it matches the names joined by spaces. */
  #isWanted(test: TestCase): boolean {
    const pattern = this.#vitest?.config.testNamePattern;
    return !isBehindFailure(test) && (pattern === undefined || pattern.test(chainOf(test).join(' ')));
  }
}
