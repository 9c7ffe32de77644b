/** `listen()` of a `net.BoundSocket`, which Node has from 24.19 and 26.4, after `setV6Only(server, value)`. */
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { getV6Only, setV6Only } from '../../src/index';
import { boundSocket, boundSocketClass } from '../harness/handles';
import { expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { addressOf, listening, newServer, observe } from '../harness/servers';
import { withReason } from '../harness/skips';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const missing = boundSocketClass === undefined ? 'this Node has no net.BoundSocket' : null;
describe.skipIf(missing !== null)(withReason('setV6Only(): net.BoundSocket', missing), () => {
  const rows = [true, false].flatMap((value) =>
    ['(bound)', '({ handle: bound })'].map((form) => [form, value] as const),
  );

  describe.each(rows)('listen%s after %s', (form, value) => {
    const listen = (server: net.Server, bound: unknown, cb?: () => void) =>
      Reflect.apply(server.listen, server, [form === '(bound)' ? bound : { handle: bound }, cb]);

    it('with the value listens, at once', async () => {
      const bound = boundSocket({ host: '::', ipv6Only: value });
      expect(getV6Only(bound)).toBe(value);
      expect(setV6Only(bound, value)).toBe(bound);
      const server = setV6Only(newServer(), value);
      listen(server, bound);
      expect(server.listening).toBe(true);
      expect((await outcome(server)).events).toEqual(['listening']);
      expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    });

    it('with the other value is already-bound, and closed', async () => {
      const bound = boundSocket({ host: '::', ipv6Only: !value });
      expect(() => setV6Only(bound, value)).toThrow(expect.objectContaining({ reason: 'already-bound' }));
      const server = setV6Only(newServer(), value);
      listen(server, bound);
      const { events, error } = await outcome(server);
      expect([events, error?.code, error?.reason]).toEqual([['error'], 'EINVAL', 'already-bound']);
      expect(socketsOfThisTest()).toEqual([]);
      await listening(server, 0);
      expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    });

    it.each([{}, { host: '127.0.0.1' }])('over IPv4 (%j) is not-ipv6, and closed', async (options) => {
      const bound = boundSocket(options);
      expect(() => getV6Only(bound)).toThrow(expect.objectContaining({ reason: 'not-ipv6' }));
      const server = setV6Only(newServer(), value);
      listen(server, bound);
      const { events, error } = await outcome(server);
      expect([events, error?.code, error?.reason]).toEqual([['error'], 'ENOPROTOOPT', 'not-ipv6']);
      expect(socketsOfThisTest()).toEqual([]);
    });

    it('goes as on a stock server', async () => {
      const run = (server: net.Server) =>
        observe(
          server,
          (s, cb) => listen(s, boundSocket({ host: '::', ipv6Only: value }), cb),
          (s) => s.listen(0),
        );
      expect(await run(setV6Only(newServer(), value))).toEqual(await run(newServer()));
    });
  });
});
