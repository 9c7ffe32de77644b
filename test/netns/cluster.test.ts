/** udp6 sockets of cluster workers where net.ipv6.bindv6only is 1: the primary's socket has 1 unless told. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, freePort } from '../harness/cluster';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { withReason } from '../harness/skips';

const SETUP = [LO_UP, 'echo 1 > /proc/sys/net/ipv6/bindv6only'];
const NAME = 'udp6';
const EXCLUSIVE = { exclusive: true };

interface Row {
  title: string;
  v6Only: boolean | null;
  how?: 'send';
  options: object;
  asked: boolean;
  /** The option of the socket, or null for a mismatch. */
  ends: 0 | 1 | null;
}

const ROWS: readonly Row[] = [
  { title: 'true', v6Only: true, options: {}, asked: true, ends: 1 },
  { title: 'false, which cannot be passed on', v6Only: false, options: {}, asked: true, ends: null },
  { title: 'a stock one', v6Only: null, options: {}, asked: true, ends: 1 },
  { title: 'true, exclusive', v6Only: true, options: EXCLUSIVE, asked: false, ends: 1 },
  { title: 'false, exclusive', v6Only: false, options: EXCLUSIVE, asked: false, ends: 0 },
  { title: 'a stock one, exclusive', v6Only: null, options: EXCLUSIVE, asked: false, ends: 1 },
  { title: 'true, bound by send', v6Only: true, how: 'send', options: {}, asked: false, ends: 1 },
  { title: 'false, bound by send', v6Only: false, how: 'send', options: {}, asked: false, ends: 0 },
];

describe.skipIf(noNamespaces !== null)(
  withReason('setV6Only(): cluster workers under bindv6only=1', noNamespaces),
  () => {
    describe.each(['SCHED_RR', 'SCHED_NONE'] as const)('%s', (policy) => {
      let cluster: Cluster;
      beforeAll(() => {
        cluster = new Cluster(policy, 1, (command) => inNamespace(SETUP, command));
      });
      afterEach(() => cluster.close(0, NAME));
      afterAll(async () => {
        expect(await cluster.stop(), 'processes left behind').toEqual([]);
      });

      it.each(ROWS)('udp6 $title', async ({ v6Only, how, options, asked, ends }) => {
        await cluster.asked();
        const args = [{ port: await freePort(), ...options }];
        const seen = await cluster.bind(0, { name: NAME, v6Only, how: how ?? 'bind', args });
        expect((await cluster.asked()).length).toBe(Number(asked));
        if (ends === null) {
          expect(seen).toMatchObject({ events: ['error'], error: { code: 'EINVAL', reason: 'mismatch' } });
          return;
        }
        expect(seen).toMatchObject({ events: ['listening'], error: null, get: ends === 1 });
        const port = typeof seen.address === 'object' ? (seen.address?.port ?? 0) : 0;
        expect(await cluster.ss('udp', port)).toBe(ends);
      });

      it.each([true, false])('a server with %s', async (v6Only) => {
        const port = await freePort();
        const seen = await cluster.listen(0, { name: NAME, v6Only, args: [port] });
        expect(seen.events).toEqual(['listening']);
        expect(await cluster.ss('tcp', port)).toBe(Number(v6Only));
      });

      it('{ fd } of a udp6 socket is refused, and the primary never asked', async () => {
        await cluster.asked();
        const seen = await cluster.bind(0, { name: NAME, v6Only: true, args: [{ $fd: { family: 6 } }] });
        expect(seen).toMatchObject({
          events: ['error'],
          error: { code: 'ENOTSUP', reason: 'unsupported-runtime' },
        });
        expect(await cluster.asked()).toEqual([]);
      });
    });
  },
);
