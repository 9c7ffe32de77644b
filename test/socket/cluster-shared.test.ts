/** Cluster workers that share one socket and do not agree, and failures that come from the primary. */
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, freePort } from '../harness/cluster';
import { tryConnect } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';
import type { Policy } from '../harness/told-cluster';

const NAME = 'server';

/** The error of a socket that is not what was asked for: one event, and nothing else. */
const MISMATCH = {
  thrown: null,
  events: ['error'],
  error: { code: 'EINVAL', reason: 'mismatch', errno: -22, message: expect.stringContaining('IPV6_V6ONLY') },
  listening: false,
};

function withCluster(policy: Policy, workers: number): () => Cluster {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster(policy, workers);
  });
  afterEach(async () => {
    for (let worker = 0; worker < workers; worker++) await cluster.close(worker, NAME);
  });
  afterAll(async () => {
    expect(await cluster.stop(), 'processes left behind').toEqual([]);
  });
  return () => cluster;
}

describe.each(['SCHED_NONE', 'SCHED_RR'] as const)(
  'setV6Only(): two workers on one port under %s',
  (policy) => {
    const cluster = withCluster(policy, 2);

    const FIRST: readonly { first: boolean | null; second: boolean }[] = [
      { first: true, second: false },
      { first: false, second: true },
      { first: null, second: true },
    ];
    it.each(FIRST)(
      '$first there, $second asked: mismatch, and another port works',
      async ({ first, second }) => {
        const [port, other] = [await freePort(), await freePort()];
        const held = await cluster().listen(0, { name: NAME, v6Only: first, args: [port, '::'] });
        expect(held.events).toEqual(['listening']);
        const sockets = await cluster().sockets(1);
        const seen = await cluster().listen(1, { name: NAME, v6Only: second, args: [port, '::'] });
        expect(seen).toMatchObject({ ...MISMATCH, error: { ...MISMATCH.error, syscall: 'listen' } });
        expect(seen).toMatchObject({ address: null, get: second });
        expect(await cluster().sockets(1), 'the handle is closed').toBe(sockets);
        expect(ssV6Only(port), 'the first one keeps its socket').toBe(Number(first ?? false));

        const again = await cluster().listen(1, { name: NAME, v6Only: second, args: [other] });
        expect(again).toMatchObject({ events: ['listening'], address: { port: other }, get: second });
        expect(ssV6Only(other)).toBe(Number(second));
        await cluster().close(1, NAME);
        await cluster().close(0, NAME);
        expect(ssV6Only(port)).toBe(null);
      },
    );

    it.each([true, false])('%s there and asked: both listen', async (v6Only) => {
      const port = await freePort();
      for (const worker of [0, 1]) {
        const seen = await cluster().listen(worker, { name: NAME, v6Only, args: [port] });
        expect(seen).toMatchObject({ events: ['listening'], get: v6Only });
      }
      expect(ssV6Only(port)).toBe(Number(v6Only));
      for (const worker of [0, 1]) await cluster().close(worker, NAME);
    });

    it('udp6: another value is a mismatch that closes the socket, and another socket works', async () => {
      for (const first of [true, false]) {
        const [port, other] = [await freePort(), await freePort()];
        const name = 'udp6';
        const held = await cluster().bind(0, { name, v6Only: first, args: [port] });
        expect(held).toMatchObject({ events: ['listening'], get: first });
        expect(ssV6Only(port, 'udp')).toBe(Number(first));
        const sockets = await cluster().sockets(1);
        const seen = await cluster().bind(1, { name, v6Only: !first, args: [port] });
        const { listening: _, ...mismatch } = MISMATCH;
        expect(seen).toMatchObject({ ...mismatch, error: { ...mismatch.error, syscall: 'bind' } });
        expect(await cluster().sockets(1), 'the socket is closed').toBe(sockets);
        const again = await cluster().bind(1, { name: 'another', v6Only: !first, args: [other] });
        expect(again).toMatchObject({ events: ['listening'], get: !first, address: { port: other } });
        expect(ssV6Only(other, 'udp')).toBe(Number(!first));
        await cluster().close(1, 'another');
        // Or its worker would go on with the one that was closed.
        for (const worker of [0, 1]) await cluster().close(worker, name);
      }
    });
  },
);

describe.each(['SCHED_RR', 'SCHED_NONE'] as const)('setV6Only(): under %s', (policy) => {
  const cluster = withCluster(policy, 1);

  it('setV6Only right after listen(port): mismatch, for the primary was asked for the other', async () => {
    const port = await freePort();
    const seen = await cluster().listen(0, { name: NAME, v6Only: true, late: true, args: [port] });
    expect(seen).toMatchObject(MISMATCH);
    expect(ssV6Only(port), 'the primary has closed it').toBe(null);
    const again = await cluster().listen(0, { name: NAME, v6Only: true, args: [await freePort()] });
    expect(again.events).toEqual(['listening']);
    await cluster().close(0, NAME);
  });

  it("setV6Only right after listen(port, '::') counts, for nobody was asked yet", async () => {
    for (const v6Only of [true, false]) {
      const port = await freePort();
      const seen = await cluster().listen(0, { name: NAME, v6Only, late: true, args: [port, '::'] });
      expect(seen.events).toEqual(['listening']);
      expect(ssV6Only(port)).toBe(Number(v6Only));
      expect(await tryConnect('127.0.0.1', port)).toBe(v6Only ? 'ECONNREFUSED' : 'connected');
      await cluster().close(0, NAME);
    }
  });

  it('setV6Only right after listen(port, name) counts, for the name was not looked up yet', async () => {
    const port = await freePort();
    const order = { name: NAME, v6Only: true, late: true, args: [port, 'both.test'] };
    expect(await cluster().listen(0, order)).toMatchObject({
      events: ['listening'],
      address: { address: '::1' },
    });
    await cluster().close(0, NAME);
  });

  if (policy === 'SCHED_NONE') {
    it('setV6Only(server, false) right after listen(port) is what the socket has', async () => {
      const order = { name: NAME, v6Only: false, late: true, args: [await freePort()] };
      expect(await cluster().listen(0, order)).toMatchObject({ events: ['listening'], get: false });
      await cluster().close(0, NAME);
    });
  }

  // Never twice on one port: there, from Node 22 on, a stock server ends in an assertion of Node's too.
  it("EADDRINUSE from the primary is Node's own error, with a reason", async () => {
    const failed: Record<string, unknown>[] = [];
    for (const v6Only of [null, true, false]) {
      const blocker = net.createServer().listen(await freePort(), '::');
      await once(blocker, 'listening');
      const address = blocker.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const seen = await cluster().listen(0, { name: `in use ${v6Only}`, v6Only, args: [port, '::'] });
      blocker.close();
      await once(blocker, 'close');
      expect(seen.error).toMatchObject({ code: 'EADDRINUSE', port });
      const { error, events, listening } = seen;
      failed.push({
        ...error,
        port: 0,
        message: error?.message.replace(String(port), '0'),
        events,
        listening,
      });
    }
    const [stock, ...ours] = failed;
    for (const one of ours) {
      const message = expect.stringContaining(String(stock?.['message']));
      expect(one).toEqual({ ...stock, reason: 'bind-failed', message });
    }
    const order = { name: 'in use true', v6Only: true, args: [await freePort()] };
    expect(await cluster().listen(0, order)).toMatchObject({ events: ['listening'] });
  });
});
