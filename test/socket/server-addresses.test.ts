/** `listen()` of an address after `setV6Only(server, value)`, on every kind of server, seen by ss and by clients. */
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, setV6Only } from '../../src/index';
import { witness } from '../harness/inherited';
import { closing, descriptorsOfThisTest, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { addressOf, closed, KINDS, listening, newServer } from '../harness/servers';
import { outcome, tryConnect } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const VALUES = [true, false];
const matrix = KINDS.flatMap(([kind, make]) => VALUES.map((value) => [kind, value, make] as const));

/** Every way to ask for the wildcard, as arguments of listen. */
const WILDCARDS: readonly [string, unknown[]][] = [
  ['()', []],
  ['(0)', [0]],
  ["(0, '')", [0, '']],
  ["({ host: '' })", [{ port: 0, host: '' }]],
  ["(0, '::')", [0, '::']],
  ["({ host: '::' })", [{ port: 0, host: '::' }]],
  ["(0, '0:0:0:0:0:0:0:0')", [0, '0:0:0:0:0:0:0:0']],
  ["(0, '0000:0000:0000:0000:0000:0000:0000:0000')", [0, '0000:0000:0000:0000:0000:0000:0000:0000']],
  ["(0, '::0')", [0, '::0']],
  ["(0, '0::0.0.0.0')", [0, '0::0.0.0.0']],
  ["(0, '::%lo')", [0, '::%lo']],
];

const MAPPED = [
  '::ffff:127.0.0.1',
  '::FFFF:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:0001',
  '0000:0000:0000:0000:0000:FFFF:127.0.0.1',
  '::ffff:127.0.0.1%lo',
];

const reach = (port: number) => Promise.all([tryConnect('127.0.0.1', port), tryConnect('::1', port)]);

describe.each(matrix)('setV6Only(): a %s server with %s', (_kind, value, make) => {
  it.each(WILDCARDS)('listen%s is [::] with that value', async (_form, args) => {
    const server = await listening(closing(setV6Only(make(), value)), ...args);
    const { address, family, port } = addressOf(server);
    expect([address, family]).toEqual(['::', 'IPv6']);
    expect(ssV6Only(port)).toBe(Number(value));
    expect(await reach(port)).toEqual([value ? 'ECONNREFUSED' : 'connected', 'connected']);
    expect(getV6Only(server)).toBe(value);
    expect(describeSocket(server).accepts).toEqual(value ? ['IPv6'] : ['IPv6', 'IPv4']);
    expect(await closed(server)).toBeUndefined();
  });

  it('refuses an IPv4 address', async () => {
    const server = closing(setV6Only(make(), value));
    server.listen(0, '127.0.0.1');
    const { events, error } = await outcome(server);
    expect(events).toEqual(['error']);
    expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', address: '127.0.0.1', port: 0 });
    expect(socketsOfThisTest()).toEqual([]);
  });
});

describe.each(VALUES)('setV6Only(server, %s)', (value) => {
  it.each(['::1', '0:0:0:0:0:0:0:1', '::1%lo', '::0.0.0.1'])('listen(0, %j) is ::1', async (host) => {
    const server = await listening(setV6Only(newServer(), value), 0, host);
    expect(addressOf(server).address).toBe('::1');
    expect(await reach(addressOf(server).port)).toEqual(['ECONNREFUSED', 'connected']);
    // The kernel turns the option on for a socket with one IPv6 address, and the getter says what it says.
    expect(getV6Only(server)).toBe(true);
    expect(ssV6Only(addressOf(server).port)).toBe(1);
  });

  it.each(['127.0.0.1', '0.0.0.0', '127.1.2.3'])(
    'listen(0, %j) is refused, nothing listens',
    async (host) => {
      const port = await freePort();
      const server = setV6Only(newServer(), value);
      let called = false;
      server.listen(port, host, () => {
        called = true;
      });
      const { events, error } = await outcome(server);
      expect(events).toEqual(['error']);
      expect(error).toMatchObject({
        code: 'ENOPROTOOPT',
        reason: 'not-ipv6',
        syscall: 'listen',
        address: host,
        port,
      });
      expect(error?.errno).toBeLessThan(0);
      expect([called, server.listening, server.address()]).toEqual([false, false, null]);
      expect(await reach(port)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
      expect(socketsOfThisTest()).toEqual([]);
    },
  );

  it.each(VALUES)('replaces an earlier %s', async (earlier) => {
    const server = setV6Only(setV6Only(newServer(), earlier), value);
    await listening(server, 0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    await closed(server);
    await listening(server, 0, '::');
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('the kernel shows it to another program on the same socket', async () => {
    await listening(setV6Only(newServer(), value), 0);
    const [fd = -1] = descriptorsOfThisTest();
    expect(witness(fd)).toMatchObject({ family: 'IPv6', v6only: Number(value), listening: 1 });
  });

  it('opens nothing before listen, and says what it keeps', () => {
    const server = setV6Only(newServer(), value);
    expect(socketsOfThisTest()).toEqual([]);
    expect(getV6Only(server)).toBe(value);
    expect([server.listening, server.address()]).toEqual([false, null]);
  });

  it('leaves other servers of the process alone', async () => {
    setV6Only(newServer(), value);
    const stock = await listening(newServer(), 0);
    expect(ssV6Only(addressOf(stock).port)).toBe(0);
    const stockIPv4 = await listening(newServer(), 0, '127.0.0.1');
    expect(addressOf(stockIPv4).address).toBe('127.0.0.1');
  });
});

describe.each(MAPPED)('setV6Only(): the IPv4-mapped %s', (host) => {
  it('is that address with false', async () => {
    const server = await listening(setV6Only(newServer(), false), 0, host);
    const { address, port } = addressOf(server);
    expect(address).toBe('::ffff:127.0.0.1');
    expect(ssV6Only(port)).toBe(0);
    expect(await reach(port)).toEqual(['connected', 'ECONNREFUSED']);
    expect(describeSocket(server).accepts).toEqual(['IPv4']);
  });

  it('is refused with true', async () => {
    const server = setV6Only(newServer(), true);
    server.listen(0, host);
    const { events, error } = await outcome(server);
    expect(events).toEqual(['error']);
    expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', port: 0 });
    expect(socketsOfThisTest()).toEqual([]);
  });
});

it.each([true, false])(
  'setV6Only(): the mapped wildcard takes IPv4 only, and only with false (%s)',
  async (value) => {
    const server = setV6Only(newServer(), value);
    server.listen(0, '::ffff:0.0.0.0');
    const { events, error } = await outcome(server);
    expect([events, error?.reason]).toEqual(value ? [['error'], 'not-ipv6'] : [['listening'], undefined]);
    if (!value) expect(await reach(addressOf(server).port)).toEqual(['connected', 'ECONNREFUSED']);
  },
);

it('setV6Only(): the default is true', async () => {
  expect(ssV6Only(addressOf(await listening(setV6Only(newServer()), 0)).port)).toBe(1);
  expect(ssV6Only(addressOf(await listening(setV6Only(newServer(), undefined), 0)).port)).toBe(1);
});

it.for([true, false])('setV6Only(): reusePort stays: two servers share a port (%s)', async (value, ctx) => {
  const options = { port: 0, host: '::', reusePort: true };
  const first = await listening(setV6Only(newServer(), value), options);
  const { port } = addressOf(first);
  const rival = newServer();
  rival.listen({ ...options, port });
  if ((await outcome(rival)).events[0] === 'error') ctx.skip('this Node does not know reusePort');
  const second = await listening(setV6Only(newServer(), value), { ...options, port });
  expect([addressOf(second).port, ssV6Only(port)]).toEqual([port, expect.any(Number)]);
});

it('setV6Only(): an IPv6-only and an IPv4 server share a port', async () => {
  const six = await listening(setV6Only(newServer()), 0);
  const { port } = addressOf(six);
  const four = await listening(newServer(), port, '0.0.0.0');
  expect(addressOf(four)).toMatchObject({ address: '0.0.0.0', port });
  expect(await reach(port)).toEqual(['connected', 'connected']);
});

/** A port that nobody has on either family: taken by a dual-stack listener a moment ago. */
async function freePort(): Promise<number> {
  const server = await listening(net.createServer(), 0);
  const { port } = addressOf(server);
  await closed(server);
  return port;
}
