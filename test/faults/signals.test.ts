/** Signals that come while the kernel is asked: nothing is lost, nothing is left open. */
import { describe, expect, it } from 'vitest';
import { json, runNode } from '../harness/node-child';
import { notLinux, withReason } from '../harness/skips';
import { fixture } from './interposer';

interface Report {
  signals: number;
  rounds: number;
  /** Outcomes that were not as always. */
  wrong: unknown[];
  left: number;
}

describe.skipIf(notLinux !== null)(withReason('listSockets(): a storm of signals', notLinux), () => {
  it('changes no answer', async () => {
    const { signals, rounds, wrong, left } = json<Report>(
      await runNode([fixture('signals.cjs')], { timeoutMs: 60_000 }),
    );
    expect(wrong).toEqual([]);
    expect(left).toBe(0);
    expect(rounds).toBeGreaterThan(5);
    expect(signals).toBeGreaterThan(50);
  }, 60_000);
});
