/** Which way each kind of target takes, and in which words it is refused. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { addon, FAMILY, TYPE } from '../../src/kernel/addon';
import type { SocketTarget } from '../../src/socket/target';
import { getV6Only, setV6Only } from '../../src/socket/v6only';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { listening, newServer } from '../harness/servers';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const set = (...args: unknown[]): unknown => thrown(() => Reflect.apply(setV6Only, undefined, args));
const get = (target: unknown): unknown => thrown(() => getV6Only(target as SocketTarget));
const udp = (type: 'udp4' | 'udp6'): dgram.Socket => closing(dgram.createSocket(type));

describe('getV6Only() and setV6Only(): before there is a socket', () => {
  it.each<[string, () => net.Server | dgram.Socket]>([
    ['a server', newServer],
    ['a udp6 socket', () => udp('udp6')],
  ])('%s keeps the value, which is true if absent, and comes back', (_what, make) => {
    const target = make();
    expect(setV6Only(target)).toBe(target);
    expect(getV6Only(target)).toBe(true);
    expect(setV6Only(target, false)).toBe(target);
    expect(getV6Only(target)).toBe(false);
    setV6Only(target, true);
    expect(getV6Only(target)).toBe(true);
  });

  it.each<[string, string, () => unknown]>([
    ['a server', 'the server is not listening', newServer],
    ['a udp6 socket', 'the udp6 socket is not bound', () => udp('udp6')],
    ['a connection', 'the net.Socket is not connected', () => new net.Socket()],
  ])('%s of which nothing was asked has none', (_what, problem, make) => {
    const advice = 'Node opens it only with listen(), bind() or connect()';
    expect(get(make())).toMatchObject({
      code: 'EBADF',
      reason: 'not-open-yet',
      syscall: 'getsockopt',
      message: `getsockopt EBADF: bad file descriptor, ${problem}; ${advice}`,
    });
  });

  it('a udp4 socket has none, and takes none', () => {
    const fields = { code: 'ENOPROTOOPT', reason: 'not-ipv6' };
    expect(get(udp('udp4'))).toMatchObject({ ...fields, syscall: 'getsockopt' });
    expect(set(udp('udp4'))).toMatchObject({ ...fields, syscall: 'setsockopt' });
  });

  it('a connection takes none', () => {
    expect(set(new net.Socket())).toMatchObject({ reason: 'not-open-yet', syscall: 'setsockopt' });
  });
});

describe('getV6Only() and setV6Only(): of a socket that exists', () => {
  it('a listening server: the same value is fine and kept, another is not', async () => {
    const server = newServer();
    await listening(server, { port: 0, host: '::', ipv6Only: true });
    expect(getV6Only(server)).toBe(true);
    expect(set(server, false)).toMatchObject({ reason: 'already-bound', syscall: 'setsockopt' });
    expect(setV6Only(server, true)).toBe(server);
    server.close();
    await once(server, 'close');
    expect(getV6Only(server)).toBe(true);
  });

  it('one that refused a value keeps none', async () => {
    const server = newServer();
    await listening(server, { port: 0, host: '::', ipv6Only: true });
    set(server, false);
    server.close();
    await once(server, 'close');
    expect(get(server)).toMatchObject({ reason: 'not-open-yet' });
  });

  it('an IPv4 server has none', async () => {
    const server = newServer();
    await listening(server, 0, '127.0.0.1');
    expect(get(server)).toMatchObject({ reason: 'not-ipv6', syscall: 'getsockopt' });
    expect(set(server)).toMatchObject({ reason: 'not-ipv6', syscall: 'setsockopt' });
  });

  it('a bound udp6 socket says what the kernel has', async () => {
    const socket = setV6Only(udp('udp6'));
    socket.bind(0);
    await once(socket, 'listening');
    expect(getV6Only(socket)).toBe(true);
    expect(set(socket, false)).toMatchObject({ reason: 'already-bound' });
  });

  it('a descriptor with no port is set now', () => {
    const fd = addon().open(FAMILY.IPv6, TYPE.stream);
    cleanUp(() => addon().close(fd));
    for (const value of [true, false, true]) {
      expect(setV6Only(fd, value)).toBe(fd);
      expect([getV6Only(fd), getV6Only({ fd })]).toEqual([value, value]);
    }
  });

  it('a connection that ended has none any more', () => {
    const socket = new net.Socket();
    cleanUp(() => socket.destroy());
    socket.destroy();
    expect(get(socket)).toMatchObject({ reason: 'closed', syscall: 'getsockopt' });
    expect(set(socket)).toMatchObject({ reason: 'closed', syscall: 'setsockopt' });
  });
});

it.each([
  [1, 'type number (1)'],
  ['true', "type string ('true')"],
  [null, 'null'],
  [{}, '{}'],
])('setV6Only(): %j is no value', (value, received) => {
  const server = newServer();
  expect(set(server, value)).toMatchObject({
    code: 'ERR_INVALID_ARG_TYPE',
    message: `The "v6Only" argument must be a boolean. Received ${received}`,
  });
  expect(get(server)).toMatchObject({ reason: 'not-open-yet' });
});

it.each([-1, 1.5])('setV6Only(): %d is no descriptor', (fd) => {
  for (const error of [set(fd), get(fd)]) expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
});
