/** `setStack` in cluster workers, under both policies. */
import { describe, expect, it } from 'vitest';
import type { ListeningSocket, Stack } from '../../src/index';
import { freePort } from '../harness/cluster';
import { greet, useListenCluster } from '../harness/listen-cluster';
import { HOSTS, listeners } from '../harness/peers';

const V6 = { family: 'IPv6', address: '::', v6Only: true };
const V4 = { family: 'IPv4', address: '0.0.0.0', v6Only: null };
const LOOPBACKS = [
  { ...V6, address: '::1' },
  { ...V4, address: '127.0.0.1' },
];

interface Stacked {
  port: number;
  sockets: ListeningSocket[];
}

describe.each(['SCHED_RR', 'SCHED_NONE'] as const)('setStack(): %s', (policy) => {
  const cluster = useListenCluster(policy, 2);
  const listen = (worker: number, stack: Stack, options: object): Promise<Stacked> =>
    cluster().tell({ worker, op: 'stack', stack, options });

  it.each<[Stack, object, object[], string[]]>([
    ['split', {}, [V6, V4], ['[::] v6only:1', '0.0.0.0']],
    ['split', { host: 'localhost' }, LOOPBACKS, ['[::1] v6only:1', '127.0.0.1']],
    ['ipv6', {}, [V6], ['[::] v6only:1']],
    ['dual', {}, [{ ...V6, v6Only: false }], ['* v6only:0']],
  ])('%s: two workers share listen(%j)', async (stack, options, sockets, ss) => {
    const port = await freePort();
    const first = await listen(0, stack, { port, ...options });
    const second = await listen(1, stack, { port, ...options });
    const expected = sockets.map((socket) => ({ ...socket, port }));
    expect([first.sockets, second.sockets]).toEqual([expected, expected]);
    expect(listeners(port)).toEqual(ss);
    if (stack !== 'split') return;
    for (const host of HOSTS) expect(await greet(host, port)).toMatch(new RegExp(`^[12] ${host}$`));
  });

  it('another stack of another worker is refused, before it listens', async () => {
    const port = await freePort();
    await listen(0, 'dual', { port });
    expect(await listen(1, 'ipv6', { port })).toMatchObject({ error: { syscall: expect.any(String) } });
    expect(listeners(port)).toEqual(['* v6only:0']);
    // Under SCHED_NONE Node keeps what it opened for a port that is taken.
    cluster().refused = true;
  });
});
