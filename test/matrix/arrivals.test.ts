import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Arrivals, LOST } from '../../src/matrix/arrivals';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('Arrivals: tells clients apart that have the same port, one after the other', async () => {
  const arrivals = new Arrivals();
  arrivals.note('first', 5);
  await expect(arrivals.who(5)).resolves.toBe('first');
  const later = arrivals.who(5);
  arrivals.note('second', 5);
  await expect(later).resolves.toBe('second');
});

it('Arrivals: takes nobody else for the client that it waits for', async () => {
  const arrivals = new Arrivals();
  const mine = arrivals.who(5);
  arrivals.note('first', 6);
  await vi.runAllTimersAsync();
  await expect(mine).resolves.toBe(LOST);
});
