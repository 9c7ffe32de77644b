import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let answers: number[] = [];

vi.mock('../../src/kernel/addon', () => ({
  FAMILY: { IPv4: 4, IPv6: 6 },
  addon: () => ({ hasAddress: () => answers.shift() }),
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

it('findAddress(): looks once in a burst, and again after it', async () => {
  const { hasAddress } = await import('../../src/machine/interfaces');
  answers = [1, 0];
  expect([hasAddress('IPv6'), hasAddress('IPv6')]).toEqual([true, true]);
  vi.advanceTimersByTime(11);
  expect(hasAddress('IPv6')).toBe(false);
});

it('findAddress(): looks for each family, and keeps no no', async () => {
  const { hasAddress } = await import('../../src/machine/interfaces');
  answers = [1, 0, 1];
  expect([hasAddress('IPv6'), hasAddress('IPv4'), hasAddress('IPv4')]).toEqual([true, false, true]);
});

it('platformDefaults is not told what a burst remembers', async () => {
  const { findAddress, hasAddress } = await import('../../src/machine/interfaces');
  answers = [1, 0];
  expect([hasAddress('IPv6'), findAddress('IPv6')]).toEqual([true, false]);
});
