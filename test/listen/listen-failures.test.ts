/** All or nothing: a listen that fails leaves no socket, no event and no listener function, and says why. */
import { once } from 'node:events';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen, setV6Only } from '../../src/index';
import { cleanUp, closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { found, lookupFailure, stubLookup } from '../harness/lookups';
import { counted, listeners, type Rejection, rejection } from '../harness/peers';
import { addressOf, KINDS, newServer } from '../harness/servers';
import { pause } from '../harness/sockets';

expectNoLeaks();

/** A port that this process holds on some addresses; its own sockets count as nobody's. */
async function taken(...hosts: string[]): Promise<{ port: number; sockets: string[] }> {
  let port = 0;
  for (const host of hosts) {
    const holder = newServer().listen({ port, host, ipv6Only: host.includes(':') });
    await once(holder, 'listening');
    port = addressOf(holder).port;
  }
  return { port, sockets: socketsOfThisTest() };
}

const snapshot = (server: net.Server) => ({
  names: server.eventNames().map(String).sort(),
  counts: server.eventNames().map((name) => server.listenerCount(name)),
  listening: server.listening,
  address: server.address(),
  keys: Object.keys(server).filter((key) => !key.startsWith('_')),
});

async function failing(server: net.Server, options: object): Promise<Rejection> {
  const events = counted(server, 'listening', 'error', 'close', 'connection');
  const before = snapshot(server);
  const error = await rejection(listen(server, options));
  await pause(15);
  expect(snapshot(server)).toEqual(before);
  expect(events).toEqual({ listening: 0, error: 0, close: 0, connection: 0 });
  return error;
}

const HOLDERS: readonly [string, string[], where: string][] = [
  ['IPv4 only', ['0.0.0.0'], '0.0.0.0'],
  ['127.0.0.1 only', ['127.0.0.1'], '0.0.0.0'],
  ['IPv6 only', ['::'], '::'],
  ['::1 only', ['::1'], '::'],
  ['both', ['::', '0.0.0.0'], '::'],
];

describe.each(HOLDERS)('listen(): the port is taken on %s', (_name, hosts, address) => {
  it.each(KINDS)('%s: EADDRINUSE with its fields, and nothing left', async (_kind, make) => {
    const { port, sockets } = await taken(...hosts);
    const server = closing(make());
    const error = await failing(server, { port });
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      errno: -98,
      syscall: 'listen',
      address,
      port,
      reason: 'bind-failed',
    });
    expect(error.message).toContain('EADDRINUSE');
    expect(socketsOfThisTest()).toEqual(sockets);
    const { port: other } = await listen(server, {});
    expect(listeners(other)).toEqual(['[::] v6only:1', '0.0.0.0']);
  });
});

it('listen(): dual beside a holder of 0.0.0.0 is EADDRINUSE; ipv6 fits', async () => {
  const { port } = await taken('0.0.0.0');
  const server = newServer();
  const error = await failing(server, { port, stack: 'dual' });
  expect(error).toMatchObject({ code: 'EADDRINUSE', address: '::', port, reason: 'bind-failed' });
  await listen(server, { port, stack: 'ipv6' });
  expect(listeners(port)).toEqual(['[::] v6only:1', '0.0.0.0']);
});

const ADDRESSES: readonly [string, object, Partial<Rejection>][] = [
  [
    'an IPv6 address of no interface',
    { host: '2001:db8::1' },
    { code: 'EADDRNOTAVAIL', address: '2001:db8::1' },
  ],
  [
    'an IPv4 address of no interface',
    { host: '203.0.113.9' },
    { code: 'EADDRNOTAVAIL', address: '203.0.113.9' },
  ],
  [
    'the second of an array',
    { host: ['::1', '203.0.113.9'] },
    { code: 'EADDRNOTAVAIL', address: '203.0.113.9' },
  ],
  ['a zone that does not exist', { host: 'fe80::1%nosuch' }, { code: 'EINVAL', address: 'fe80::1%nosuch' }],
];

it.each(ADDRESSES)('listen(): %s', async (_name, options, fields) => {
  const error = await failing(newServer(), options);
  expect(error).toMatchObject({ ...fields, syscall: 'listen', reason: 'bind-failed' });
  expect(socketsOfThisTest()).toEqual([]);
});

it('listen(): a name that is not found is the error of dns.lookup as it is', async () => {
  const failure = lookupFailure('nowhere.test');
  stubLookup('nowhere.test', () => failure);
  expect(await failing(newServer(), { host: 'nowhere.test' })).toBe(failure);
  expect(await failing(newServer(), { host: ['::1', 'nowhere.test'] })).toBe(failure);
});

it('listen(): a name with an address of no interface is not left out', async () => {
  stubLookup('both.test', () => found('::1', '203.0.113.9'));
  const error = await failing(newServer(), { host: 'both.test' });
  expect(error).toMatchObject({ code: 'EADDRNOTAVAIL', address: '203.0.113.9' });
});

it("listen(): the user's own 'error' listener sees nothing, and later errors reach it", async () => {
  const { port } = await taken('0.0.0.0');
  const server = newServer();
  const events = counted(server, 'error');
  await rejection(listen(server, { port }));
  await pause(10);
  expect(events).toEqual({ error: 0 });
  server.listen(port, '0.0.0.0');
  await pause(20);
  expect(events).toEqual({ error: 1 });
});

describe('listen(): a server that listens already', () => {
  const ALREADY = { code: 'ERR_SERVER_ALREADY_LISTEN' };

  it('by listen() or by its own listen: ERR_SERVER_ALREADY_LISTEN, and it goes on', async () => {
    const server = newServer();
    const { port } = await listen(server, {});
    expect(await rejection(listen(server, {}))).toMatchObject(ALREADY);
    expect(() => server.listen(0)).toThrow(expect.objectContaining(ALREADY));
    expect(listeners(port)).toHaveLength(2);
    const stock = newServer().listen(0);
    expect(await rejection(listen(stock, {}))).toMatchObject(ALREADY);
    expect(stock.listening).toBe(true);
  });

  it.each([{}, { host: '::1' }])('%j pending: the second call rejects, the first goes on', async (second) => {
    stubLookup('slow.test', () => found('::1', '127.0.0.1'));
    for (const first of [{}, { host: 'slow.test' }]) {
      const server = newServer();
      const [one, two] = await Promise.allSettled([listen(server, first), listen(server, second)]);
      expect([one.status, two.status], JSON.stringify(first)).toEqual(['fulfilled', 'rejected']);
      expect(two).toMatchObject({ reason: ALREADY });
    }
  });
});

describe('listen() after setV6Only', () => {
  const CONTRADICTIONS: readonly [boolean, string][] = [
    [true, 'dual'],
    [false, 'split'],
    [false, 'ipv6'],
  ];
  it.each(CONTRADICTIONS)('%s contradicts the stack %s', async (value, stack) => {
    const server = setV6Only(newServer(), value);
    const error = await failing(server, { stack });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    expect(error.message).toContain(stack);
    await listen(server, { stack: value ? 'split' : 'dual' });
  });

  it.each(CONTRADICTIONS)(
    '%s right after listen() of %s: never the other value in silence',
    async (value, stack) => {
      const server = newServer();
      const promise = listen(server, { stack: stack as 'dual' });
      cleanUp(() => promise.catch(() => undefined));
      setV6Only(server, value);
      const v6Only = await promise.then(
        ({ sockets }) => sockets[0]?.v6Only,
        () => value,
      );
      expect(v6Only).toBe(value);
    },
  );
});

it("listen(): a 'listening' listener that throws does not leave the promise unsettled", async () => {
  const server = newServer();
  const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
  const others = process.listeners('uncaughtException').slice(0, -1);
  for (const other of others) process.off('uncaughtException', other);
  server.on('listening', () => {
    throw new Error('of a listener');
  });
  const { sockets } = await listen(server, {});
  expect(await uncaught).toMatchObject({ message: 'of a listener' });
  for (const other of others) process.on('uncaughtException', other);
  expect(sockets).toHaveLength(2);
});
