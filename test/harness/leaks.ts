/** For suites that must leave nothing behind: closes what a test opened, and counts descriptors. */
import { afterEach, beforeEach, expect } from 'vitest';
import { openSockets, until } from './sockets';

type Closeable = { close(): unknown };

let before: string[] = [];
const pending: (() => unknown)[] = [];

/** Runs at the end of the test, last one first; its exceptions are ignored. */
export function cleanUp(step: () => unknown): void {
  pending.push(step);
}

/** Closes it at the end of the test, if the test hasn't. */
export function closing<T extends Closeable>(opened: T): T {
  cleanUp(() => opened.close());
  return opened;
}

/** The descriptors this process has opened since the test began. */
export function socketsOfThisTest(): string[] {
  return openSockets().filter((socket) => !before.includes(socket));
}

/** The same as descriptor numbers. */
export function descriptorsOfThisTest(): number[] {
  return socketsOfThisTest().map((socket) => Number.parseInt(socket, 10));
}

async function untilNoneIsLeft(): Promise<string[]> {
  let left: string[] = [];
  // Checked immediately: a connection that a client has abandoned may be accepted, and closed, right after.
  await until(() => {
    left = socketsOfThisTest();
    return left.length === 0;
  });
  return left;
}

/** Call once in a file: counts descriptors around each of its tests. */
export function expectNoLeaks(): void {
  beforeEach(() => {
    before = openSockets();
  });
  afterEach(async () => {
    for (const step of pending.splice(0).reverse()) {
      try {
        await step();
      } catch {
        // Closed by the test itself.
      }
    }
    expect(await untilNoneIsLeft()).toEqual([]);
  });
}
