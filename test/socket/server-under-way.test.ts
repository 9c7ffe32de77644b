/** `setV6Only` on a server whose `listen()` has been called already. */
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { getV6Only, setV6Only } from '../../src/index';
import { closing, expectNoLeaks } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { addressOf, closed, KINDS, listening, newServer } from '../harness/servers';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const NAME = 'under-way.test';

const LOOKED_UP: readonly [string, (server: net.Server) => unknown][] = [
  ["(0, '::')", (s) => s.listen(0, '::')],
  ["({ host: '::', ipv6Only: true })", (s) => s.listen({ port: 0, host: '::', ipv6Only: true })],
  ["({ host: '::', ipv6Only: false })", (s) => s.listen({ port: 0, host: '::', ipv6Only: false })],
  ['of a name with IPv6 only', (s) => s.listen(0, NAME)],
];

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  it.each(LOOKED_UP)('a listen%s that is under way binds with the value', async (_form, listen) => {
    stubLookup(NAME, () => found('::'));
    const server = newServer();
    listen(server);
    expect(getV6Only(setV6Only(server, value))).toBe(value);
    const { events } = await outcome(server);
    expect(events).toEqual(['listening']);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it.each(KINDS)('on a %s server too', async (_kind, make) => {
    const server = closing(make());
    server.listen(0, '::');
    setV6Only(server, value);
    await outcome(server);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('of a name with IPv4 and then IPv6 it ends at the IPv6 address', async () => {
    stubLookup(NAME, () => found('127.0.0.1', '::'));
    const server = newServer();
    server.listen(0, NAME);
    setV6Only(server, value);
    const { events, error } = await outcome(server);
    expect([events, error?.message]).toEqual([['listening'], undefined]);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('of an IPv4 address it ends in not-ipv6', async () => {
    const server = newServer();
    server.listen(0, '127.0.0.1');
    setV6Only(server, value);
    const { events, error } = await outcome(server);
    expect([events, error?.reason]).toEqual([['error'], 'not-ipv6']);
  });

  it('the last of several calls counts', async () => {
    const server = setV6Only(newServer(), !value);
    server.listen(0, '::');
    setV6Only(setV6Only(server, !value), value);
    await outcome(server);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('once it listens, only the same value is taken, and the refusal changes nothing', async () => {
    const server = setV6Only(newServer(), value).listen(0);
    const { port } = addressOf(server);
    expect(setV6Only(server, value)).toBe(server);
    expect(() => setV6Only(server, !value)).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        reason: 'already-bound',
        syscall: 'setsockopt',
        address: '::',
        port,
      }),
    );
    await outcome(server);
    expect(ssV6Only(port)).toBe(Number(value));
    await closed(server);
    await listening(server, 0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('a listening stock server: the same value is kept for later listens', async () => {
    const server = await listening(newServer(), { port: 0, host: '::', ipv6Only: value });
    setV6Only(server, value);
    await closed(server);
    await listening(server, { port: 0, host: '::' });
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('a closed server takes another value', async () => {
    const server = await listening(setV6Only(newServer(), !value), 0);
    await closed(server);
    await listening(setV6Only(server, value), 0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });
});
