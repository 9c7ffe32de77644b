/** `listen()` of a descriptor, a handle, a socket or a server after `setV6Only(server, value)`. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, setV6Only } from '../../src/index';
import { closeDescriptor, openDescriptor, ownDescriptor, socketAround } from '../harness/handles';
import { cleanUp, closing, descriptorsOfThisTest, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { addressOf, closed, listening, newServer, observe } from '../harness/servers';
import { outcome, tryConnect } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

type Pass = (fd: number) => unknown[];

/** How a descriptor gets into listen; whoever adopts it closes it. */
const PASSED: readonly [string, Pass][] = [
  ['({ fd })', (fd) => [{ fd }]],
  ['({ fd }, backlog)', (fd) => [{ fd }, 7]],
  ['(new net.Socket({ fd }))', (fd) => [socketAround(fd)]],
  ['({ _handle })', (fd) => [{ _handle: Reflect.get(socketAround(fd), '_handle') }]],
  ['({ handle })', (fd) => [{ handle: Reflect.get(socketAround(fd), '_handle') }]],
];

const cells = PASSED.flatMap(([name, pass]) => [true, false].map((value) => [name, value, pass] as const));

describe.each(cells)('listen%s after setV6Only(server, %s)', (form, value, pass) => {
  const isNumber = form.startsWith('({ fd');
  const listen = (server: net.Server, fd: number) => Reflect.apply(server.listen, server, pass(fd));
  /** Where the descriptor stays the caller's after a refusal, the caller closes it. */
  const refused = async (fd: number) => {
    const server = setV6Only(newServer(), value);
    if (isNumber) cleanUp(() => closeDescriptor(fd));
    listen(server, fd);
    const result = await outcome(server);
    expect(result.events).toEqual(['error']);
    expect([server.listening, server.address()]).toEqual([false, null]);
    await listening(server, 0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    return result.error;
  };

  it.each([true, false])('of a fresh socket with %s sets it first', async (preset) => {
    const server = setV6Only(newServer(), value);
    listen(server, openDescriptor({ v6Only: preset }));
    expect(server.listening).toBe(true);
    const { events } = await outcome(server);
    expect(events).toEqual(['listening']);
    const { port } = addressOf(server);
    expect([ssV6Only(port), getV6Only(server)]).toEqual([Number(value), value]);
    expect(await tryConnect('127.0.0.1', port)).toBe(value ? 'ECONNREFUSED' : 'connected');
    expect(await tryConnect('::1', port)).toBe('connected');
  });

  it('of a socket that is bound with the value', async () => {
    const server = setV6Only(newServer(), value);
    listen(server, openDescriptor({ v6Only: value, address: '::' }));
    expect((await outcome(server)).events).toEqual(['listening']);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('of a socket that is bound to ::1', async () => {
    const server = setV6Only(newServer(), value);
    listen(server, openDescriptor({ v6Only: false, address: '::1' }));
    expect((await outcome(server)).events).toEqual(['listening']);
    expect(addressOf(server).address).toBe('::1');
  });

  it('of a socket that is bound with the other value: already-bound', async () => {
    const error = await refused(openDescriptor({ v6Only: !value, address: '::' }));
    expect(error).toMatchObject({ code: 'EINVAL', reason: 'already-bound', address: '::' });
    expect(error?.port).toBeGreaterThan(0);
    expect(error?.message).toContain('BindIPv6Only=');
  });

  it('of a socket bound to an IPv4-mapped address', async () => {
    const fd = openDescriptor({ v6Only: false, address: '::ffff:127.0.0.1' });
    if (value) return expect(await refused(fd)).toMatchObject({ code: 'EINVAL', reason: 'already-bound' });
    const server = setV6Only(newServer(), value);
    listen(server, fd);
    expect((await outcome(server)).events).toEqual(['listening']);
  });

  it.each([undefined, '127.0.0.1'])('of an IPv4 socket bound to %s: not-ipv6', async (address) => {
    const fd = openDescriptor(address === undefined ? { family: 'IPv4' } : { family: 'IPv4', address });
    expect(await refused(fd)).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6' });
  });

  it('has the events and the synchrony of a stock server', async () => {
    const run = (server: net.Server, fd: number) =>
      observe(
        server,
        (s, cb) => Reflect.apply(s.listen, s, [...pass(fd), cb]),
        (s) => s.listen(0),
      );
    const stock = await run(newServer(), openDescriptor());
    expect(await run(setV6Only(newServer(), value), openDescriptor())).toEqual(stock);
  });

  it('EADDRINUSE at listen(2) has the fields of a stock server', async () => {
    // Bound with SO_REUSEADDR before another one listens there, so that only listen(2) can fail.
    const run = async (server: net.Server) => {
      const fd = openDescriptor({ v6Only: value, address: '::', reuse: true });
      if (isNumber) cleanUp(() => closeDescriptor(fd));
      const { local } = describeSocket(fd);
      await listening(newServer(), { port: local?.port, host: '::', ipv6Only: value });
      return observe(server, (s, cb) => Reflect.apply(s.listen, s, [...pass(fd), cb]));
    };
    const stock = await run(newServer());
    expect(stock.error).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
    expect(await run(setV6Only(newServer(), value))).toEqual(stock);
  });
});

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  const fails = async (...args: unknown[]) => {
    const server = setV6Only(newServer(), value);
    Reflect.apply(server.listen, server, args);
    const { events, error } = await outcome(server);
    expect(events).toEqual(['error']);
    return error;
  };

  it('another server that listens is a handle too', async () => {
    const other = await listening(newServer(), { port: 0, host: '::', ipv6Only: value });
    const server = setV6Only(newServer(), value);
    server.listen(other);
    expect((await outcome(server)).events).toEqual(['listening']);
    expect(addressOf(server)).toEqual(addressOf(other));
  });

  it('a descriptor that is a file, or open nowhere', async () => {
    const { fd, close } = openFile();
    expect(await fails({ fd })).toMatchObject({ code: 'ENOTSOCK', reason: 'not-a-socket' });
    close();
    expect(await fails({ fd: 1_000_000 })).toMatchObject({ code: 'EBADF', reason: 'closed' });
  });

  it('an AF_UNIX server', async () => {
    const unix = closing(net.createServer());
    await listening(unix, `\0v6only-${process.pid}`);
    const [fd = -1] = descriptorsOfThisTest();
    expect(await fails({ fd })).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6' });
    expect(descriptorsOfThisTest()).toEqual([fd]);
  });

  it('an unconnected net.Socket has no socket to listen on, as on a stock server', async () => {
    const run = (server: net.Server) =>
      observe(server, (s, cb) => Reflect.apply(s.listen, s, [new net.Socket(), cb]));
    expect((await run(setV6Only(newServer(), value))).threw).toBe((await run(newServer())).threw);
  });

  it('a handle that Node has opened and nobody has bound: never IPv4', async () => {
    // libuv would give it an AF_INET socket in listen(2).
    const error = await fails({ _handle: emptyHandle() });
    expect(error).toMatchObject({ code: 'EBADF', reason: 'closed' });
    expect(socketsOfThisTest()).toEqual([]);
  });

  it('closing the server closes an adopted descriptor, once', async () => {
    const server = await listening(setV6Only(newServer(), value), { fd: openDescriptor() });
    expect(socketsOfThisTest()).toHaveLength(1);
    await closed(server);
    expect(socketsOfThisTest()).toEqual([]);
  });

  it('a signal of a wrong type with a descriptor throws as on a stock server and adopts nothing', async () => {
    const fd = ownDescriptor({ v6Only: !value });
    const run = (server: net.Server) =>
      observe(server, (s, cb) => Reflect.apply(s.listen, s, [{ fd, signal: 'wrong' }, cb]));
    expect(await run(setV6Only(newServer(), value))).toEqual(await run(newServer()));
    expect(getV6Only(fd)).toBe(!value);
  });
});

function openFile(): { fd: number; close(): void } {
  const fd = openSync(__filename, 'r');
  return { fd, close: () => closeSync(fd) };
}

/** A TCP handle that has no socket yet. */
function emptyHandle(): object {
  const binding = Reflect.get(process, 'binding').call(process, 'tcp_wrap');
  return new binding.TCP(binding.constants.SERVER);
}
