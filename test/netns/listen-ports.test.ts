/** Port 0 where the number that the kernel gives is often taken on the other family. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, repositoryRoot } from '../harness/node-child';
import { withReason } from '../harness/skips';

const FIXTURE = join(repositoryRoot, 'test/netns/fixtures/listen-ports.cjs');
const range = (low: number, high: number) => `echo ${low} ${high} > /proc/sys/net/ipv4/ip_local_port_range`;

interface Report {
  ok: number;
  ports: number;
  errors: { code: string; reason: string; syscall: string; message: string }[];
  sockets: number;
  ms: number;
}

async function report(low: number, high: number, order: object): Promise<Report> {
  const command = [process.execPath, FIXTURE, JSON.stringify({ low, high, ...order })];
  return json(await runInNamespace([LO_UP, range(low, high)], command));
}

describe.skipIf(noNamespaces !== null)(withReason('listen() and bindUdp(): port 0', noNamespaces), () => {
  const HALF = (['tcp', 'udp'] as const).flatMap((kind) =>
    ['0.0.0.0', '::'].flatMap((host) => [0, 1].map((parity) => ({ kind, host, parity }))),
  );
  it.each(HALF)('500 $kind at once, every second port ($parity) taken on $host', async (order) => {
    const seen = await report(20_000, 22_999, { ...order, wanted: 500 });
    expect(seen).toMatchObject({ ok: 500, ports: 500, errors: [] });
  });

  it.each(['tcp', 'udp'] as const)('%s: 50 where only a quarter of the ports is left', async (kind) => {
    const seen = await report(20_000, 20_999, {
      kind,
      host: '0.0.0.0',
      every: [0, 1, 2],
      of: 4,
      wanted: 50,
    });
    expect(seen).toMatchObject({ ok: 50, ports: 50, errors: [] });
  });

  const ALL = ['tcp', 'udp'].flatMap((kind) => ['0.0.0.0', '::'].map((host) => ({ kind, host })));
  it.each(ALL)('$kind: every port taken on $host is a clear error, soon', async ({ kind, host }) => {
    const seen = await report(20_000, 20_099, { kind, host, every: [0], of: 1, wanted: 1 });
    expect(seen).toMatchObject({ ok: 0, sockets: 100 });
    expect(seen.errors).toMatchObject([
      { code: 'EADDRINUSE', reason: 'bind-failed', syscall: kind === 'tcp' ? 'listen' : 'bind' },
    ]);
    // The limit is named where the first family had a port and the other had not.
    if (host === '0.0.0.0') expect(seen.errors[0]?.message).toMatch(/\d+ attempts/);
    // Some hundred milliseconds; one after the other the ports of a whole machine would take minutes.
    expect(seen.ms).toBeLessThan(5000);
  });
});
