/** What peerAddress and rejectIPv4Mapped make of objects, without a connection. */
import { EventEmitter } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { peerAddress, rejectIPv4Mapped } from '../../src/socket/peer';
import { thrown } from '../harness/thrown';

afterEach(() => void vi.restoreAllMocks());

const peerOf = (socket: unknown): unknown => Reflect.apply(peerAddress, undefined, [socket]);
const reject = (server: unknown): unknown => Reflect.apply(rejectIPv4Mapped, undefined, [server]);

describe('peerAddress', () => {
  const here = { destroyed: false, remotePort: 1 };

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1', 'IPv4', true],
    ['::FFFF:c000:201', '192.0.2.1', 'IPv4', true],
    ['192.0.2.1', '192.0.2.1', 'IPv4', false],
    ['2001:db8::1', '2001:db8::1', 'IPv6', false],
    ['fe80::1%lo', 'fe80::1%lo', 'IPv6', false],
  ])('%s is %s', (remoteAddress, address, family, mapped) => {
    expect(peerOf({ ...here, remoteAddress })).toEqual({ address, family, port: 1, mapped });
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ ...here, remoteAddress: '::1', destroyed: true }],
    [{ ...here, remoteAddress: '::1', remotePort: undefined }],
    [{ ...here, remoteAddress: undefined }],
    [{ ...here, remoteAddress: 'unix:' }],
    [{ ...here, remoteAddress: ['::1'] }],
    [{ ...here, remoteAddress: '' }],
  ])('nobody is there: %j', (socket) => {
    expect(peerOf(socket)).toBeNull();
  });

  it.each([
    [3, 'type number (3)'],
    ['::1', "type string ('::1')"],
    [net.connect, '[Function: connect]'],
  ])('refuses %s', (value, received) => {
    const message = `The "socket" argument must be a net.Socket. Received ${received}`;
    expect(thrown(() => peerOf(value))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', message });
  });

  const throwing = (error: unknown): object =>
    Object.defineProperty({ ...here }, 'remoteAddress', {
      get() {
        throw error;
      },
    });

  it('takes no error but that of HTTP/2 for the end of the connection', () => {
    const unbound = Object.assign(new Error('gone'), { code: 'ERR_HTTP2_SOCKET_UNBOUND' });
    expect(peerOf(throwing(unbound))).toBeNull();
    const others = [
      new Error('other'),
      Object.assign(new Error('other'), { code: 'EOTHER' }),
      { code: 'ERR_HTTP2_SOCKET_UNBOUND' },
      'a text',
      undefined,
    ];
    for (const error of others) {
      const socket = throwing(error);
      let met: unknown = 'nothing';
      try {
        peerOf(socket);
      } catch (problem) {
        met = problem;
      }
      expect(met).toBe(error);
    }
  });
});

describe('rejectIPv4Mapped', () => {
  const socketWith = (remoteAddress?: string, localAddress?: string): net.Socket => {
    const socket = new net.Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
    Object.defineProperty(socket, 'localAddress', { value: localAddress });
    return socket;
  };

  it.each([
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', true],
    [undefined, '::ffff:192.0.2.2', true],
    ['192.0.2.1', '::ffff:192.0.2.2', false],
    ['::1', '::1', false],
    [undefined, undefined, false],
  ])('from %s on %s', (remote, local, closed) => {
    const server = rejectIPv4Mapped(net.createServer());
    const seen: unknown[] = [];
    server.on('connection', (socket) => seen.push(socket));
    const socket = socketWith(remote, local);
    expect(server.emit('connection', socket)).toBe(!closed);
    expect([socket.destroyed, seen.length]).toEqual([closed, closed ? 0 : 1]);
  });

  it('looks at connections only, and at what is a socket only', () => {
    const server: EventEmitter = rejectIPv4Mapped(net.createServer());
    const seen: unknown[] = [];
    for (const event of ['connection', 'note']) server.on(event, (value) => seen.push(value));
    const socket = socketWith('::ffff:192.0.2.1');
    const looksLike = { remoteAddress: '::ffff:192.0.2.1', destroy: () => seen.push('destroyed') };
    expect(server.emit('note', socket)).toBe(true);
    expect(server.emit('connection', looksLike)).toBe(true);
    expect(seen).toEqual([socket, looksLike]);
    expect(socket.destroyed).toBe(false);
  });

  it('leaves an emit that others can replace, and that is not listed', () => {
    const server = rejectIPv4Mapped(net.createServer());
    expect(Object.getOwnPropertyDescriptor(server, 'emit')).toMatchObject({
      writable: true,
      configurable: true,
      enumerable: false,
    });
  });

  it('refuses a frozen server each time', () => {
    const server = Object.freeze(net.createServer());
    for (let times = 0; times < 2; times++) {
      expect(thrown(() => reject(server))).toMatchObject({
        code: 'ERR_INVALID_ARG_VALUE',
        message: expect.stringContaining("'server' must allow its 'emit' to be replaced"),
      });
    }
  });

  it.each([
    [new EventEmitter(), '[EventEmitter]'],
    [undefined, 'undefined'],
    [80, 'type number (80)'],
  ])('refuses %s', (value, received) => {
    const message = `The "server" argument must be a net.Server. Received ${received}`;
    expect(thrown(() => reject(value))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', message });
  });

  it('says in Bun that its http servers are none', () => {
    vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, bun: '1.4.5' });
    const server = { listen() {}, address() {}, listening: true };
    expect(thrown(() => reject(server))).toMatchObject({
      code: 'ENOTSUP',
      reason: 'unsupported-runtime',
      syscall: 'accept',
      message: expect.stringContaining('bun'),
    });
  });
});
