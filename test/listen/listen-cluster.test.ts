/** listen() in cluster workers: each stack, both policies, shared ports, failures, and nothing left behind. */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platformDefaults, type Stack } from '../../src/index';
import { dropsIPv6OnlyWithoutHost } from '../../src/runtime/support';
import { freePort } from '../harness/cluster';
import { greet, ListenCluster, type Listened, useListenCluster } from '../harness/listen-cluster';
import { json, repositoryRoot, runNode } from '../harness/node-child';
import { HOSTS, listeners } from '../harness/peers';
import { pause, until } from '../harness/sockets';

const byDefault = platformDefaults().v6Only === true;
const V6: Listened['sockets'][number] = ['IPv6', '::', true];
const V4: Listened['sockets'][number] = ['IPv4', '0.0.0.0', null];
const ONLY = { ss: ['[::] v6only:1'], sockets: [V6], ipv4: 'ECONNREFUSED' };
const DUAL = { ss: ['* v6only:0'], sockets: [['IPv6', '::', false]], ipv4: '::ffff:127.0.0.1' };
const EXPECTED: Readonly<Record<Stack, { ss: string[]; sockets: unknown[]; ipv4: string }>> = {
  split: { ss: ['[::] v6only:1', '0.0.0.0'], sockets: [V6, V4], ipv4: '127.0.0.1' },
  ipv6: ONLY,
  dual: DUAL,
  system: byDefault ? ONLY : DUAL,
};
const STACKS: readonly Stack[] = ['split', 'ipv6', 'dual', 'system'];
const MISMATCH = { code: 'EINVAL', reason: 'mismatch', syscall: 'listen' };

/** Node 20 passes `ipv6Only: true` on with an address only. */
const needsAddress = dropsIPv6OnlyWithoutHost(process.version);
const STOCK_QUESTION = { address: null, addressType: 4 };
const OWN_QUESTION = { address: '::', addressType: 6 };
const ifIPv6Only = needsAddress ? OWN_QUESTION : STOCK_QUESTION;
const ASKED: Readonly<Record<Stack, object>> = {
  split: ifIPv6Only,
  ipv6: ifIPv6Only,
  dual: STOCK_QUESTION,
  system: byDefault ? ifIPv6Only : STOCK_QUESTION,
};
/** Where the two ask differently, the primary opens a second socket, or cannot. */
const REFUSAL = needsAddress ? { reason: expect.any(String) } : MISMATCH;

describe.each(['SCHED_RR', 'SCHED_NONE'] as const)('listen(): %s', (policy) => {
  const cluster = useListenCluster(policy, 2);

  describe.each(STACKS)('%s', (stack) => {
    it.each(['a fixed port', 'port 0'])('two workers share %s, and serve both families', async (which) => {
      const { ss, sockets, ipv4 } = EXPECTED[stack];
      const asked = which === 'port 0' ? 0 : await freePort();
      const first = await cluster().listen(0, { port: asked, stack });
      const second = await cluster().listen(1, { port: asked, stack });
      const { port } = first;
      const announced = [1, 2].map((id) => ({ id, ...ASKED[stack], port }));
      expect(await cluster().announced(port)).toEqual(announced);
      if (asked !== 0) expect(port).toBe(asked);
      for (const one of [first, second]) {
        expect(one).toMatchObject({ port, sockets, missing: 0, events: ['listening'] });
        expect(one.address).toMatchObject({ address: '::', port });
      }
      expect(listeners(port)).toEqual(ss);
      const answers = await Promise.all(Array.from({ length: 20 }, () => greet('::1', port)));
      expect(answers.filter((text) => !/^[12] ::1$/.test(text))).toEqual([]);
      if (policy === 'SCHED_RR') expect(new Set(answers).size).toBe(2);
      const fromIPv4 = await Promise.all(Array.from({ length: 20 }, () => greet('127.0.0.1', port)));
      const seen = ipv4 === 'ECONNREFUSED' ? [ipv4] : [`1 ${ipv4}`, `2 ${ipv4}`];
      expect(fromIPv4.filter((text) => !seen.includes(text))).toEqual([]);

      expect(await cluster().close(0)).toEqual(['listening', 'close']);
      expect(listeners(port)).toEqual(ss);
      expect(await greet('::1', port)).toBe('2 ::1');
      if (ipv4 !== 'ECONNREFUSED') expect(await greet('127.0.0.1', port)).toBe(`2 ${ipv4}`);
      expect(await cluster().close(1)).toEqual(['listening', 'close']);
      await until(() => listeners(port).length === 0);
      expect(listeners(port)).toEqual([]);
    });

    it('exclusive: true is the worker its own', async () => {
      const before = await cluster().sockets();
      const { port } = await cluster().listen(0, { stack, exclusive: true });
      expect(listeners(port)).toEqual(EXPECTED[stack].ss);
      expect(await cluster().sockets()).toBe(before);
      const refused = await cluster().listen(1, { port, stack, exclusive: true });
      expect(refused).toMatchObject({ error: { code: 'EADDRINUSE', port }, events: [], listening: false });
      expect(await greet('::1', port)).toBe('1 ::1');
    });
  });

  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
  ])('the port is taken on %s: EADDRINUSE, nothing left, and the worker can listen', async (host) => {
    const holder = net.createServer().listen({ port: await freePort(), host, ipv6Only: host === '::' });
    await once(holder, 'listening');
    const taken = holder.address();
    const port = typeof taken === 'object' ? (taken?.port ?? 0) : 0;
    const sockets = await cluster().sockets(0);
    const refused = await cluster().listen(0, { port });
    expect(refused).toMatchObject({
      error: { code: 'EADDRINUSE', reason: 'bind-failed', syscall: 'bind', port },
      events: [],
      listening: false,
    });
    // Under SCHED_NONE Node keeps the handle of a port that is taken, stock too (lib/net.js, checkBindError).
    if (policy === 'SCHED_RR') expect(await cluster().sockets(0)).toBe(sockets);
    expect(listeners(port)).toHaveLength(1);
    holder.close();
    expect(await cluster().listen(0, { port: await freePort() })).toMatchObject({ events: ['listening'] });
  });

  it('hosts: an array is shared too', async () => {
    const port = await freePort();
    for (const worker of [0, 1]) {
      const { sockets } = await cluster().listen(worker, { port, host: ['127.0.0.1', '::1'] });
      expect(sockets.map(([, address]) => address)).toEqual(['::1', '127.0.0.1']);
    }
    expect(listeners(port)).toEqual(['[::1] v6only:1', '127.0.0.1']);
  });

  it('closed while the primary is asked: AbortError, and nothing left', async () => {
    const port = await freePort();
    const ended = await cluster().tell({ worker: 0, op: 'closeSoon', options: { port } });
    expect(ended).toBe('AbortError');
    await until(() => listeners(port).length === 0);
    expect(listeners(port)).toEqual([]);
  });

  it('the same server again and again', async () => {
    for (let i = 0; i < 5; i++) {
      const { port, error } = await cluster().listen(0, {});
      expect([error, listeners(port)]).toEqual([undefined, EXPECTED.split.ss]);
      await cluster().close(0);
    }
  });
});

describe.each(['SCHED_RR', 'SCHED_NONE'] as const)(
  'listen(): %s, another stack in the second worker',
  (policy) => {
    const cluster = useListenCluster(policy, 2);
    const ROWS: readonly [Stack, Stack][] = [
      ['split', 'dual'],
      ['dual', 'split'],
      ['dual', 'ipv6'],
      ['ipv6', 'dual'],
    ];
    it.each(ROWS)('%s, then %s: mismatch, and the first goes on', async (first, second) => {
      const port = await freePort();
      await cluster().listen(0, { port, stack: first });
      const sockets = await cluster().sockets(1);
      const refused = await cluster().listen(1, { port, stack: second });
      expect(refused).toMatchObject({ error: REFUSAL, events: [], listening: false });
      if (refused.error?.code !== 'EADDRINUSE')
        expect(await cluster().sockets(1), 'handles of the worker').toBe(sockets);
      expect(listeners(port)).toEqual(EXPECTED[first].ss);
      expect(await greet('::1', port)).toBe('1 ::1');
      const other = await cluster().listen(1, { port: await freePort(), stack: second });
      expect(other).toMatchObject({ events: ['listening'], sockets: EXPECTED[second].sockets });
    });
  },
);

describe.each(['SCHED_RR', 'SCHED_NONE'] as const)('listen(): %s, in the course of things', (policy) => {
  let cluster: ListenCluster;
  beforeAll(() => {
    cluster = new ListenCluster(policy, 2);
  });
  afterAll(() => cluster.stop());

  it('no connection is lost while a second worker joins', async () => {
    const port = await freePort();
    await cluster.listen(0, { port });
    await cluster.sockets(1);
    const greetings: Promise<string>[] = [];
    let waiting = 0;
    const timer = setInterval(() => {
      // As many as a slow machine answers in time.
      if (waiting > 20) return;
      for (const host of [...HOSTS, ...HOSTS, ...HOSTS]) {
        waiting++;
        greetings.push(greet(host, port, 10_000).finally(() => waiting--));
      }
    }, 1);
    for (let i = 0; i < 10; i++) {
      await cluster.listen(1, { port });
      await pause(10);
      if (i < 9) await cluster.close(1);
    }
    clearInterval(timer);
    const lost = (await Promise.all(greetings)).filter((text) => !/^[12] (::1|127\.0\.0\.1)$/.test(text));
    expect(cluster.uncaught.map((stack) => stack.split('\n')[0])).toEqual([]);
    expect(lost).toEqual([]);
    expect(greetings.length).toBeGreaterThan(50);
  }, 30_000);

  it("worker.disconnect() closes both sockets, and 'close' comes once", async () => {
    await cluster.tell({ worker: 1, op: 'disconnect' });
    await until(() => cluster.printed !== '');
    expect(cluster.printed).toBe('close 1\n');
  });
});

it.each(['SCHED_RR', 'SCHED_NONE'])(
  "listen(): what a listener of 'listening' throws is uncaught, and the server listens: %s",
  async (policy) => {
    const program = join(repositoryRoot, 'test/fixtures/throwing-listener.cjs');
    const seen = json(await runNode([program, policy]));
    expect(seen).toEqual({ seen: ['uncaught of the listener'], listening: true });
  },
);
