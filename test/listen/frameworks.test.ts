/** Frameworks on a split server: they see plain addresses, and do not notice that there are two sockets. */
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import fastify from 'fastify';
import { Server as SocketServer } from 'socket.io';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { listen } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { curl, HOSTS, type Host, listeners, within } from '../harness/peers';

expectNoLeaks();

/** Neither express nor koa has types of its own. */
const load = createRequire(__filename);

type Handler = (
  req: { ip: string; ips: string[]; protocol: string },
  res: { json(value: unknown): void },
) => void;
interface ExpressApp {
  (req: http.IncomingMessage, res: http.ServerResponse): void;
  set(name: string, value: unknown): void;
  get(path: string, handler: Handler): void;
}
interface KoaApp {
  proxy: boolean;
  use(handler: (context: { ip: string; body: unknown }) => void): void;
  callback(): http.RequestListener;
}

const PLAIN = ['[::] v6only:1', '0.0.0.0'];
const url = (host: Host, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
const FORWARDED = ['-H', 'X-Forwarded-For: 203.0.113.7'];

describe('listen(): express', () => {
  function newApp(trust?: unknown) {
    const app = load('express')() as ExpressApp;
    if (trust !== undefined) app.set('trust proxy', trust);
    app.get('/', ({ ip, ips, protocol }, res) => res.json({ ip, ips, protocol }));
    return closing(http.createServer(app));
  }

  it.each(HOSTS)('req.ip is %s', async (host) => {
    const { port } = await listen(newApp(), {});
    expect(listeners(port)).toEqual(PLAIN);
    const plain = { ip: host, ips: [], protocol: 'http' };
    expect(JSON.parse(await curl(host, `http://localhost:${port}/`))).toEqual(plain);
    expect(JSON.parse(await curl(host, `http://localhost:${port}/`, ...FORWARDED))).toEqual(plain);
  });

  it.each(HOSTS)("'trust proxy' of %s names it plainly", async (host) => {
    const { port } = await listen(newApp(host), {});
    for (const client of HOSTS) {
      const { ip } = JSON.parse(await curl(client, `http://localhost:${port}/`, ...FORWARDED));
      expect(ip).toBe(client === host ? '203.0.113.7' : client);
    }
  });
});

describe('listen(): fastify', () => {
  it.each([false, '127.0.0.1'])('trustProxy %s', async (trustProxy) => {
    const app = fastify({ trustProxy });
    app.get('/', async (request) => request.ip);
    await app.ready();
    const { port } = await listen(app.server, {});
    expect(listeners(port)).toEqual(PLAIN);
    for (const host of HOSTS) {
      expect(await curl(host, `http://localhost:${port}/`)).toBe(host);
      const trusted = host === trustProxy;
      const seen = await curl(host, `http://localhost:${port}/`, ...FORWARDED);
      expect(seen).toBe(trusted ? '203.0.113.7' : host);
    }
    await app.close();
    expect([app.server.listening, listeners(port)]).toEqual([false, []]);
  });
});

it('listen(): koa: ctx.ip', async () => {
  const app = new (load('koa') as { new (): KoaApp } & { default?: { new (): KoaApp } })();
  app.use((context) => {
    context.body = context.ip;
  });
  const { port, close } = await listen(closing(http.createServer(app.callback())), {});
  for (const host of HOSTS) expect(await curl(host, `http://localhost:${port}/`)).toBe(host);
  await close();
});

describe('listen(): ws', () => {
  it('a socket of each family, with messages both ways, and its end', async () => {
    const server = closing(http.createServer());
    const sockets = new WebSocketServer({ server });
    cleanUp(() => sockets.close());
    sockets.on('connection', (socket, request) => {
      socket.on('message', (data) => socket.send(`${data} ${request.socket.remoteAddress}`));
    });
    const { port } = await listen(server, {});
    const clients = HOSTS.map((host) => new WebSocket(`ws://${url(host, port)}/`));
    await Promise.all(clients.map((client) => once(client, 'open')));
    expect(sockets.clients.size).toBe(2);
    for (const [i, client] of clients.entries()) {
      const message = once(client, 'message');
      client.send('hello');
      expect(String((await message)[0])).toBe(`hello ${HOSTS[i]}`);
    }
    const ends = clients.map((client) => once(client, 'close'));
    for (const socket of sockets.clients) socket.close(4000, 'enough');
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([4000, 4000]);
  });

  it("the WebSocketServer's own 'listening' comes once", async () => {
    const server = closing(http.createServer());
    const sockets = new WebSocketServer({ server });
    cleanUp(() => sockets.close());
    let count = 0;
    sockets.on('listening', () => count++);
    const { port } = await listen(server, {});
    expect(count).toBe(1);
    expect(sockets.address()).toMatchObject({ address: '::', family: 'IPv6', port });
  });
});

describe.each(['websocket', 'polling'])('listen(): socket.io over %s', (transport) => {
  it('both families', async () => {
    const server = closing(http.createServer());
    const sockets = new SocketServer(server);
    cleanUp(() => sockets.close());
    sockets.on('connection', (socket) => {
      socket.on('who', (answer: (address: string) => void) => answer(socket.handshake.address));
    });
    const { port } = await listen(server, {});
    for (const host of HOSTS) {
      const client = io(`http://${url(host, port)}`, { transports: [transport], reconnection: false });
      cleanUp(() => client.disconnect());
      expect(await within(client.timeout(10_000).emitWithAck('who'))).toBe(host);
      client.disconnect();
    }
    await sockets.close();
    expect([server.listening, listeners(port)]).toEqual([false, []]);
  });
});
