/** Counts, limits and time-outs, over both sockets of one server. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { closing, expectNoLeaks } from '../harness/leaks';
import { accept, connected, counted, HOSTS, type Host, within } from '../harness/peers';

expectNoLeaks();

const quiet = (socket: net.Socket) => void socket.on('error', () => undefined);
const count = (server: net.Server) =>
  new Promise<number>((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n))));

async function until(reached: () => unknown): Promise<void> {
  for (let i = 0; i < 200 && !(await reached()); i++) await sleep(5);
}

it('listen(): getConnections counts both', async () => {
  const server = closing(net.createServer(quiet));
  const { port } = await listen(server, {});
  const hosts: Host[] = ['::1', '127.0.0.1', '127.0.0.1', '::1', '127.0.0.1'];
  const clients = await Promise.all(hosts.map((host) => connected(host, port)));
  await until(async () => (await count(server)) === 5);
  expect(await count(server)).toBe(5);
  clients[0]?.destroy();
  clients[1]?.destroy();
  await until(async () => (await count(server)) === 3);
  expect(await count(server)).toBe(3);
});

describe.each(HOSTS)("listen(): maxConnections reached from %s: 'drop' for", (first) => {
  it.each(HOSTS)('%s', async (second) => {
    const server = closing(net.createServer(quiet));
    server.maxConnections = 2;
    const { port } = await listen(server, {});
    await accept(server, first, port);
    const { client: kept } = await accept(server, first, port);
    const events = counted(server, 'connection', 'drop');
    const dropped = once(server, 'drop');
    const client = await connected(second, port);
    const [data] = await dropped;
    if (!client.closed) await once(client, 'close');
    expect(data).toMatchObject({ remoteAddress: second, localAddress: second, localPort: port });
    expect(events).toEqual({ connection: 0, drop: 1 });
    kept.destroy();
    await until(async () => (await count(server)) === 1);
    await accept(server, second, port);
    expect(events).toEqual({ connection: 1, drop: 1 });
  });
});

describe.each(HOSTS)('listen(): http connections from %s', (host) => {
  /** A server with one idle and one busy connection of this family. */
  async function idleAndBusy() {
    const server = closing(http.createServer((req, res) => void (req.url === '/' && res.end('x'))));
    const { port, close } = await listen(server, {});
    const idle = await connected(host, port);
    const busy = await connected(host, port);
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const request = once(server, 'request');
    busy.write('GET /hang HTTP/1.1\r\nHost: x\r\n\r\n');
    await request;
    for (const one of [idle, busy]) one.resume();
    return { server, idle, busy, close };
  }
  const ended = (socket: net.Socket) =>
    within(
      once(socket, 'close').then(() => 'closed'),
      300,
    );

  it('closeIdleConnections', async () => {
    const { server, idle, busy } = await idleAndBusy();
    const ends = [ended(idle), ended(busy)];
    server.closeIdleConnections();
    expect(await Promise.all(ends)).toEqual(['closed', 'never']);
    busy.destroy();
  });

  it('closeAllConnections', async () => {
    const { server, idle, busy } = await idleAndBusy();
    const ends = [ended(idle), ended(busy)];
    server.closeAllConnections();
    expect(await Promise.all(ends)).toEqual(['closed', 'closed']);
  });

  it('close() ends idle ones and waits for busy ones', async () => {
    const { server, idle, busy, close } = await idleAndBusy();
    const ends = [ended(idle), ended(busy)];
    const closed = close();
    expect(await Promise.all(ends)).toEqual(['closed', 'never']);
    expect(await within(closed, 20)).toBe('never');
    server.closeAllConnections();
    await closed;
  });

  it('server.timeout and its event', async () => {
    const server = closing(http.createServer());
    server.timeout = 40;
    const { port } = await listen(server, {});
    const timeout = once(server, 'timeout');
    const { client } = await accept(server, host, port);
    const [socket] = await timeout;
    expect(socket.remoteAddress).toBe(host);
    socket.destroy();
    client.resume();
    await once(client, 'close');
  });

  it('requestTimeout: 408', async () => {
    const server = closing(http.createServer({ connectionsCheckingInterval: 20 }));
    server.headersTimeout = 40;
    server.requestTimeout = 60;
    const { port } = await listen(server, {});
    const client = await connected(host, port);
    client.write('GET / HTTP/1.1\r\nHo');
    const [data] = await once(client, 'data');
    expect(String(data)).toContain('408 Request Timeout');
  });

  it('keepAliveTimeout', async () => {
    const server = closing(http.createServer({ keepAliveTimeout: 50 }, (_req, res) => void res.end('x')));
    Reflect.set(server, 'keepAliveTimeoutBuffer', 0);
    const { port } = await listen(server, {});
    const client = await connected(host, port);
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    client.resume();
    expect(
      await within(
        once(client, 'close').then(() => 'closed'),
        3000,
      ),
    ).toBe('closed');
  });
});
