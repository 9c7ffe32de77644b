/** Servers in cluster workers, where the primary opens the sockets; see cluster-shared.test.ts for who shares one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dropsIPv6OnlyWithoutHost } from '../../src/runtime/support';
import { Cluster, freePort, type Seen } from '../harness/cluster';
import { tryConnect } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';
import type { Policy } from '../harness/told-cluster';

const POLICIES: readonly Policy[] = ['SCHED_RR', 'SCHED_NONE'];
const NAME = 'server';

interface Row {
  title: string;
  /** The arguments of listen, for a port. */
  args(port: number): unknown[];
  address: '::' | '::1';
  /** What the primary is asked for; null where it is not asked. */
  asked: string | null;
}

const LISTENS: readonly Row[] = [
  { title: 'no host', args: (port) => [port], address: '::', asked: 'as stock' },
  { title: "host ''", args: (port) => [{ port, host: '' }], address: '::', asked: 'as stock' },
  { title: "host '::'", args: (port) => [port, '::'], address: '::', asked: '::' },
  { title: 'host ::1', args: (port) => [{ port, host: '::1' }], address: '::1', asked: '::1' },
  { title: 'a name with both families', args: (port) => [port, 'both.test'], address: '::1', asked: '::1' },
  { title: 'exclusive', args: (port) => [{ port, exclusive: true }], address: '::', asked: null },
  {
    title: "exclusive on '::'",
    args: (port) => [{ port, host: '::', exclusive: true }],
    address: '::',
    asked: null,
  },
  {
    title: 'a socket without a port',
    args: () => [{ $socket: { family: 6 } }],
    address: '::',
    asked: null,
  },
];

/** Without a host as a stock worker asks; Node 20 passes `ipv6Only: true` on with an address only. */
function question(asked: string, v6Only: boolean): string | null {
  if (asked !== 'as stock') return asked;
  return v6Only && dropsIPv6OnlyWithoutHost(process.version) ? '::' : null;
}

interface Refusal {
  title: string;
  args(port: number, v6Only: boolean): unknown[];
  code: string;
  reason: string;
}

const notIPv6 = { code: 'ENOPROTOOPT', reason: 'not-ipv6' };
const REFUSALS: readonly Refusal[] = [
  { title: 'an IPv4 address', args: (port) => [port, '127.0.0.1'], ...notIPv6 },
  { title: '0.0.0.0', args: (port) => [{ port, host: '0.0.0.0' }], ...notIPv6 },
  {
    title: 'an exclusive IPv4 address',
    args: (port) => [{ port, host: '127.0.0.1', exclusive: true }],
    ...notIPv6,
  },
  { title: 'a name with IPv4 only', args: (port) => [port, 'ipv4.test'], ...notIPv6 },
  { title: 'a path', args: (port) => [{ path: `/tmp/v6only-never-made-${port}` }], ...notIPv6 },
  { title: 'an IPv4 socket', args: () => [{ $socket: { family: 4 } }], ...notIPv6 },
  {
    title: 'a socket with a port and the other value',
    args: (_, v6Only) => [{ $socket: { family: 6, address: '::', v6Only: !v6Only } }],
    code: 'EINVAL',
    reason: 'already-bound',
  },
  { title: '{ fd }', args: () => [{ $fd: { family: 6 } }], code: 'ENOTSUP', reason: 'unsupported-runtime' },
];

describe.each(POLICIES)('a worker under %s', (policy) => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster(policy);
  });
  afterEach(async () => {
    await cluster.close(0, NAME);
    await cluster.asked();
  });
  afterAll(async () => {
    expect(await cluster.stop(), 'processes left behind').toEqual([]);
  });

  const portOf = ({ address }: Seen): number => (typeof address === 'object' ? (address?.port ?? 0) : 0);

  describe.each([true, false])('setV6Only(server, %s)', (v6Only) => {
    it.each(LISTENS)('listens with it: $title', async ({ args, address, asked }) => {
      const seen = await cluster.listen(0, { name: NAME, v6Only, args: args(await freePort()) });
      // Linux turns the option on for a socket bound to one address.
      const value = v6Only || address === '::1';
      const shared = asked !== null;
      expect(seen).toMatchObject({
        thrown: null,
        events: ['listening'],
        listening: true,
        address: { address },
        // Under round-robin too: the worker finds the socket in the kernel.
        get: value,
      });
      const port = portOf(seen);
      expect(ssV6Only(port)).toBe(Number(value));
      expect(await tryConnect('127.0.0.1', port)).toBe(value ? 'ECONNREFUSED' : 'connected');
      expect(await tryConnect('::1', port)).toBe('connected');
      expect(await cluster.asked()).toEqual(shared ? [question(asked, v6Only)] : []);
      await cluster.close(0, NAME);
      expect(ssV6Only(port)).toBe(null);
    });

    it.each(REFUSALS)('never asks the primary: $title', async ({ args, code, reason }) => {
      const port = await freePort();
      const before = await cluster.sockets(0);
      const seen = await cluster.listen(0, { name: NAME, v6Only, args: args(port, v6Only) });
      expect(seen).toMatchObject({
        thrown: null,
        events: ['error'],
        error: { code, reason },
        listening: false,
        get: v6Only,
      });
      expect(await cluster.asked()).toEqual([]);
      // A bare number stays its owner's.
      expect(await cluster.sockets(0)).toBe(before + (reason === 'unsupported-runtime' ? 1 : 0));
      const again = await cluster.listen(0, { name: NAME, v6Only, args: [port] });
      expect(again.events).toEqual(['listening']);
      expect(ssV6Only(port)).toBe(Number(v6Only));
      await cluster.close(0, NAME);
    });
  });

  it.each([true, false])('describes the socket, with the option %s', async (v6Only) => {
    const port = portOf(await cluster.listen(0, { name: NAME, v6Only, args: [await freePort()] }));
    expect(await cluster.describe(0, NAME)).toEqual({
      // Under round-robin it is the primary's, and looked up in the kernel.
      fd: policy === 'SCHED_RR' ? null : expect.any(Number),
      family: 'IPv6',
      type: 'tcp',
      state: 'listening',
      local: { address: '::', port },
      peer: null,
      v6Only,
      accepts: v6Only ? ['IPv6'] : ['IPv6', 'IPv4'],
    });
  });

  it('leaves a stock server of the same worker alone', async () => {
    await cluster.listen(0, { name: NAME, v6Only: true, args: [await freePort()] });
    for (const [host, option] of [
      ['::', 0],
      ['127.0.0.1', null],
    ] as const) {
      const port = await freePort();
      const seen = await cluster.listen(0, { name: 'stock', v6Only: null, args: [port, host] });
      const get = option === null ? 'ENOPROTOOPT not-ipv6' : false;
      expect(seen).toMatchObject({ events: ['listening'], address: { address: host, port }, get });
      expect(ssV6Only(port)).toBe(option);
      expect(await tryConnect('127.0.0.1', port)).toBe('connected');
      await cluster.close(0, 'stock');
    }
    await cluster.close(0, NAME);
  });
});
