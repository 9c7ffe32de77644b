/** Long lists are made in turns, which must not wait for timers that a test has stopped. */
import { mock } from 'node:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listSockets } from '../../src/index';
import { Turns } from '../../src/machine/turns';

const MOCKS: [name: string, enable: () => void][] = [
  ["node:test's", () => mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'setInterval', 'Date'] })],
  ["vitest's", () => vi.useFakeTimers()],
];

afterEach(() => {
  mock.timers.reset();
  vi.useRealTimers();
});

describe.each(MOCKS)('with %s mocked timers', (_, enable) => {
  it('Turns goes on', async () => {
    enable();
    await new Turns().next();
  });

  it('listSockets ends', async () => {
    enable();
    expect(await listSockets()).toEqual(expect.any(Array));
  });
});
