import { execFile, execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { peerAddress, rejectIPv4Mapped } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { addressOf, certificate, closed, listening } from '../harness/servers';
import { pause } from '../harness/sockets';

const LOOPBACKS = ['127.0.0.1', '::1'] as const;

expectNoLeaks();

/** A dual-stack listener on a free port. */
async function dualStack<S extends net.Server>(server: S): Promise<S> {
  await listening(closing(server), { port: 0, host: '::', ipv6Only: false });
  return server;
}

function connect(server: net.Server, host: string): net.Socket {
  const client = net.connect(addressOf(server).port, host).on('error', () => {});
  cleanUp(() => client.destroy());
  return client;
}

/** The other end of a new connection, once both ends have it. */
async function accepted(
  server: net.Server,
  host: string,
): Promise<{ client: net.Socket; socket: net.Socket }> {
  const arrives = once(server, 'connection');
  const client = connect(server, host);
  const [[socket]] = await Promise.all([arrives, once(client, 'connect')]);
  cleanUp(() => socket.destroy());
  return { client, socket };
}

/** Connects, sends, and says what came back until the end: '' when the server closed without a word. */
async function talk(server: net.Server, host: string, words = 'hello'): Promise<string> {
  const client = connect(server, host);
  let answer = '';
  client.on('data', (data) => {
    answer += data;
  });
  client.write(words);
  await new Promise((resolve) => client.once('close', resolve));
  return answer;
}

function connectionsOf(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

const greeter = () =>
  net.createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('hi'),
  );

describe('peerAddress', () => {
  it('names an IPv4 client of a dual-stack listener as IPv4', async () => {
    const server = await dualStack(net.createServer());
    const { client, socket } = await accepted(server, '127.0.0.1');
    expect(socket.remoteAddress).toBe('::ffff:127.0.0.1');
    expect(peerAddress(socket)).toEqual({
      address: '127.0.0.1',
      family: 'IPv4',
      port: client.localPort,
      mapped: true,
    });
  });

  it('names an IPv6 client', async () => {
    const server = await dualStack(net.createServer());
    const { client, socket } = await accepted(server, '::1');
    expect(peerAddress(socket)).toEqual({
      address: '::1',
      family: 'IPv6',
      port: client.localPort,
      mapped: false,
    });
  });

  it('names a plain IPv4 client, and a server from the side of its client', async () => {
    const server = closing(net.createServer());
    await listening(server, 0, '127.0.0.1');
    const { client, socket } = await accepted(server, '127.0.0.1');
    const plain = { address: '127.0.0.1', family: 'IPv4', mapped: false };
    expect(peerAddress(socket)).toEqual({ ...plain, port: client.localPort });
    expect(peerAddress(client)).toEqual({ ...plain, port: addressOf(server).port });
  });

  it('names the client of a TLS connection', async () => {
    const server = await dualStack(tls.createServer(certificate()));
    const secure = once(server, 'secureConnection');
    const client = tls.connect({
      port: addressOf(server).port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    cleanUp(() => client.destroy());
    const [socket] = await secure;
    cleanUp(() => socket.destroy());
    expect(peerAddress(socket)).toMatchObject({ address: '127.0.0.1', family: 'IPv4', mapped: true });
  });

  it('is null for a socket that was never connected, is connecting, or is destroyed', async () => {
    expect(peerAddress(new net.Socket())).toBeNull();
    const server = await dualStack(net.createServer());
    const arrives = once(server, 'connection');
    const client = connect(server, '::1');
    expect(peerAddress(client)).toBeNull();
    const [socket] = await arrives;
    expect(peerAddress(socket)).not.toBeNull();
    socket.destroy();
    expect(peerAddress(socket)).toBeNull();
  });

  it('is null for the peer of a UNIX socket', async () => {
    const file = path.join(os.tmpdir(), `v6only-peer-${process.pid}.sock`);
    const server = closing(net.createServer());
    await listening(server, file);
    const arrives = once(server, 'connection');
    const client = net.connect(file);
    cleanUp(() => client.destroy());
    const [socket] = await arrives;
    cleanUp(() => socket.destroy());
    expect(peerAddress(socket)).toBeNull();
  });

  it('is null, and throws nothing, for the socket of an HTTP/2 session that is gone', async () => {
    const server = await dualStack(http2.createServer());
    const opens = once(server, 'session');
    const client = http2.connect(`http://127.0.0.1:${addressOf(server).port}`);
    cleanUp(() => client.destroy());
    const [session] = await opens;
    const { socket } = session;
    expect(peerAddress(socket)).toMatchObject({ address: '127.0.0.1', mapped: true });
    const closes = once(session, 'close');
    session.destroy();
    await closes;
    expect(() => socket.remoteAddress).toThrow();
    expect(peerAddress(socket)).toBeNull();
  });

  it('does not hide an error of its own', () => {
    const broken = Object.defineProperty(new net.Socket(), 'remoteAddress', {
      get() {
        throw new Error('broken');
      },
    });
    expect(() => peerAddress(broken)).toThrow('broken');
  });
});

describe('rejectIPv4Mapped', () => {
  it('closes IPv4 clients and serves IPv6 ones, before and after listen', async () => {
    const early = greeter();
    expect(rejectIPv4Mapped(early)).toBe(early);
    await dualStack(early);
    const late = rejectIPv4Mapped(await dualStack(greeter()));
    for (const server of [early, late]) {
      expect(await talk(server, '127.0.0.1')).toBe('');
      expect(await talk(server, '::1')).toBe('hi');
    }
  });

  it('is there before every listener, also one prepended later and the Promise of events.once', async () => {
    const server = net.createServer();
    const seen: string[] = [];
    const note = (name: string) => (socket: net.Socket) => {
      seen.push(`${name} ${socket.remoteAddress}`);
      socket.destroy();
    };
    server.on('connection', note('before'));
    rejectIPv4Mapped(server);
    server.prependListener('connection', note('prepended'));
    server.prependOnceListener('connection', note('prepended once'));
    const promised = once(server, 'connection');
    await dualStack(server);
    await talk(server, '127.0.0.1');
    expect(seen).toEqual([]);
    await talk(server, '::1');
    expect(seen).toEqual(['prepended once ::1', 'prepended ::1', 'before ::1']);
    expect((await promised)[0].remoteFamily).toBe('IPv6');
  });

  it('stops a client that sends and resets before it is accepted: the system no longer tells its address', async () => {
    const commands: string[] = [];
    const server = net.createServer((socket) => {
      socket.on('error', () => {}).on('data', (data) => commands.push(`${socket.remoteAddress} ${data}`));
    });
    await dualStack(server);
    const hitAndRun = () =>
      execFileSync('python3', [
        '-c',
        'import socket, struct, sys\n' +
          's = socket.create_connection(("127.0.0.1", int(sys.argv[1])))\n' +
          's.send(b"DELETE")\n' +
          's.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))\n' +
          's.close()',
        String(addressOf(server).port),
      ]);
    hitAndRun();
    await pause(50);
    expect(commands).toEqual(['undefined DELETE']);
    rejectIPv4Mapped(server);
    hitAndRun();
    await pause(50);
    expect(commands).toHaveLength(1);
    expect(await connectionsOf(server)).toBe(0);
  });

  it('keeps the count of connections, so that maxConnections and close() are right', async () => {
    const server = rejectIPv4Mapped(await dualStack(net.createServer()));
    server.maxConnections = 2;
    const drops: unknown[] = [];
    server.on('drop', (drop) => drops.push(drop));
    await Promise.all(Array.from({ length: 20 }, () => talk(server, '127.0.0.1')));
    expect(await connectionsOf(server)).toBe(0);
    const first = await accepted(server, '::1');
    const second = await accepted(server, '::1');
    expect(await connectionsOf(server)).toBe(2);
    expect(drops).toEqual([]);
    await talk(server, '::1');
    expect(drops).toHaveLength(1);
    const closes = closed(server);
    first.socket.destroy();
    second.socket.destroy();
    expect(await closes).toBeUndefined();
  });

  it('closes what comes in while the server is closing', async () => {
    const server = rejectIPv4Mapped(await dualStack(greeter()));
    const client = connect(server, '127.0.0.1');
    await once(client, 'connect');
    await closed(server);
    if (!client.closed) await once(client, 'close');
    expect(await connectionsOf(server)).toBe(0);
  });

  it('works with pauseOnConnect', async () => {
    const server = rejectIPv4Mapped(net.createServer({ pauseOnConnect: true }, (socket) => socket.end('hi')));
    await dualStack(server);
    expect(await talk(server, '127.0.0.1')).toBe('');
    expect(await connectionsOf(server)).toBe(0);
    const { socket } = await accepted(server, '::1');
    expect(socket.isPaused()).toBe(true);
  });

  it('lets plain IPv4, UNIX sockets and streams that are no sockets through', async () => {
    const plain = rejectIPv4Mapped(closing(greeter()));
    await listening(plain, 0, '127.0.0.1');
    expect(await talk(plain, '127.0.0.1')).toBe('hi');
    const streams: unknown[] = [];
    const server = rejectIPv4Mapped(net.createServer((stream) => streams.push(stream)));
    const stream = new Duplex();
    const unconnected = new net.Socket();
    expect(server.emit('connection', stream)).toBe(true);
    expect(server.emit('connection', unconnected)).toBe(true);
    expect(streams).toEqual([stream, unconnected]);
  });

  it('passes all other events on, with their arguments and this', async () => {
    const server: EventEmitter = rejectIPv4Mapped(net.createServer());
    const calls: unknown[] = [];
    const symbol = Symbol('event');
    server.on(symbol, function (this: unknown, ...args) {
      calls.push([this, ...args]);
    });
    expect(server.emit(symbol, 1, 2, 3)).toBe(true);
    expect(server.emit('nobody')).toBe(false);
    expect(calls).toEqual([[server, 1, 2, 3]]);
    const error = new Error('passed on');
    expect(() => server.emit('error', error)).toThrow(error);
  });

  it('leaves connections that exist already alone, and events about them', async () => {
    const server = await dualStack(net.createServer());
    const { client, socket } = await accepted(server, '127.0.0.1');
    rejectIPv4Mapped(server);
    expect(socket.destroyed).toBe(false);
    const noted = once(server, 'note');
    server.emit('note', socket);
    expect((await noted)[0]).toBe(socket);
    socket.write('still here');
    expect(String((await once(client, 'data'))[0])).toBe('still here');
  });

  it('adds nothing that shows, and nothing more the second time', () => {
    const server = net.createServer();
    const keys = Object.keys(server);
    const counts = server.eventNames().map((name) => server.listenerCount(name));
    const { emit } = rejectIPv4Mapped(server);
    expect(rejectIPv4Mapped(server).emit).toBe(emit);
    expect(Object.keys(server)).toEqual(keys);
    expect(server.eventNames().map((name) => server.listenerCount(name))).toEqual(counts);
  });

  it('goes together with others that replace emit, on the server and on the prototype, earlier and later', async () => {
    const server = greeter();
    const seen: string[] = [];
    const noting = (name: string, next: net.Server['emit']) =>
      function (this: net.Server, event: string, ...args: unknown[]) {
        if (event === 'connection') seen.push(name);
        return Reflect.apply(next, this, [event, ...args]);
      };
    server.emit = noting('own', server.emit);
    rejectIPv4Mapped(server);
    await dualStack(server);
    expect(await talk(server, '127.0.0.1')).toBe('');
    expect(seen).toEqual([]);
    expect(await talk(server, '::1')).toBe('hi');
    expect(seen).toEqual(['own']);

    const second = rejectIPv4Mapped(await dualStack(greeter()));
    net.Server.prototype.emit = noting('prototype', EventEmitter.prototype.emit);
    cleanUp(() => Reflect.deleteProperty(net.Server.prototype, 'emit'));
    expect(await talk(second, '::1')).toBe('hi');
    expect(seen).toEqual(['own', 'prototype']);
    expect(await talk(second, '127.0.0.1')).toBe('');
    expect(seen).toEqual(['own', 'prototype']);
  });

  it.each([
    ['http', () => http.createServer((_, response) => response.end('served'))],
    ['https', () => https.createServer(certificate(), (_, response) => response.end('served'))],
    ['http2', () => http2.createServer((_, response) => response.end('served'))],
    ['secure http2', () => http2.createSecureServer(certificate(), (_, response) => response.end('served'))],
  ] as const)('works for %s', async (kind, make) => {
    const server = await dualStack<net.Server>(make());
    const args = kind === 'http2' ? ['--http2-prior-knowledge'] : [];
    const get = (host: string) => {
      const scheme = kind === 'http' || kind === 'http2' ? 'http' : 'https';
      const url = `${scheme}://${net.isIPv6(host) ? `[${host}]` : host}:${addressOf(server).port}/`;
      return curl([...args, '-sk', '--max-time', '10', url]);
    };
    expect(await Promise.all(LOOPBACKS.map(get))).toEqual(['served', 'served']);
    rejectIPv4Mapped(server);
    expect(await Promise.all(LOOPBACKS.map(get))).toEqual(['failed', 'served']);
    server.close();
  });

  it('works for tls', async () => {
    const server = await dualStack(tls.createServer(certificate(), (socket) => socket.end('served')));
    const errors: unknown[] = [];
    server.on('tlsClientError', (error) => errors.push(error));
    rejectIPv4Mapped(server);
    const get = (host: string) =>
      new Promise((resolve) => {
        const client = tls.connect({ port: addressOf(server).port, host, rejectUnauthorized: false });
        cleanUp(() => client.destroy());
        client.once('data', (data) => resolve(String(data))).once('error', () => resolve('failed'));
      });
    expect(await Promise.all(LOOPBACKS.map(get))).toEqual(['failed', 'served']);
    expect(errors).toEqual([]);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an object', {}],
    ['an emitter', new EventEmitter()],
    ['a connection', new net.Socket()],
    ['a text', 'server'],
    ['a port', 80],
    ['the class', net.Server],
  ])('refuses %s', (_, value) => {
    expect(() => Reflect.apply(rejectIPv4Mapped, undefined, [value])).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });
});

/** What curl prints, or 'failed'. */
function curl(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('curl', args, (error, stdout) => resolve(error === null ? stdout : 'failed'));
  });
}
