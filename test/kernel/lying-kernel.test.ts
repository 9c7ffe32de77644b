/** A kernel that says yes to setsockopt and does nothing: strace swallows the call. Uses dist/, as a user would. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { json, packageRoot, run } from '../harness/node-child';
import { noStrace, withReason } from '../harness/skips';

const CHILD = join(__dirname, '../fixtures/lying-kernel.cjs');

const untraced = noStrace();

interface Report {
  events: string[];
  errors: { code: string; errno: number; syscall: string; reason: string; message: string }[];
  listening: boolean | undefined;
  /** Sockets that are open after the failure, and at the end. */
  left: number;
  end: number;
  now: boolean;
}

async function underStrace(
  swallow: readonly string[],
  kind: string,
  value: boolean,
  host: string,
): Promise<Report> {
  const inject = swallow.flatMap((when) => ['-e', `inject=setsockopt:retval=0:when=${when}`]);
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=setsockopt', ...inject, process.execPath];
  return json(
    await run('strace', [...args, CHILD, packageRoot, kind, String(value), host], { timeoutMs: 30_000 }),
  );
}

describe.skipIf(untraced !== null)(withReason('setV6Only(): under strace', untraced), () => {
  beforeAll(() => {
    expect(require.resolve(packageRoot)).toMatch(/dist\/index\.js$/);
  });

  // libuv sets SO_REUSEADDR first and IPV6_V6ONLY second; a fresh socket has 0 where bindv6only is 0.
  it.each(['', '::'])('a server on %j ends in one mismatch, and can listen again', async (host) => {
    const report = await underStrace(['2'], 'server', true, host);
    const first = report.events.slice(0, report.events.indexOf('again'));
    expect(first).toEqual(['error']);
    expect(report.errors).toHaveLength(1);
    expect(report.errors[0]).toMatchObject({ code: 'EINVAL', reason: 'mismatch', syscall: 'listen' });
    expect(report.errors[0]?.errno).toBeLessThan(0);
    expect([report.listening, report.left]).toEqual([false, 0]);
    const second = report.events.slice(first.length + 1);
    expect(second.filter((event) => event === 'listening')).toHaveLength(1);
    expect([report.now, report.end]).toEqual([true, 0]);
  });

  it('a udp6 socket ends in one mismatch, and can be bound again', async () => {
    const report = await underStrace(['1'], 'udp', true, '');
    expect(report.events).toEqual(['error', 'again', 'listening', 'close']);
    expect(report.errors).toEqual([
      expect.objectContaining({ code: 'EINVAL', reason: 'mismatch', syscall: 'bind' }),
    ]);
    expect([report.left, report.now, report.end]).toEqual([0, true, 0]);
  });

  it.each(['server', 'udp'])('without the swallowed call a %s is as asked at once', async (kind) => {
    const report = await underStrace(['99'], kind, true, '');
    expect(report.events[0]).toBe('listening');
    expect([report.errors, report.now, report.end]).toEqual([[], true, 0]);
  });
});
