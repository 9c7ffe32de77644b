/** `setStack` on servers that a framework makes listen: they are served on both families, with plain addresses. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import net from 'node:net';
import fastify from 'fastify';
import { Server as SocketServer } from 'socket.io';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { setStack } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { curl, HOSTS, listeners } from '../harness/peers';
import { addressOf } from '../harness/servers';

expectNoLeaks();

/** Neither of these has types of its own, or none that are needed here. */
const load = createRequire(__filename);

const SPLIT = ['[::] v6only:1', '0.0.0.0'];
const LOOPBACKS = ['[::1] v6only:1', '127.0.0.1'];

async function expectServed(server: net.Server, ss = SPLIT): Promise<void> {
  const { port } = addressOf(server);
  expect(listeners(port)).toEqual(ss);
  for (const host of HOSTS) expect(await curl(host, `http://localhost:${port}/`)).toBe(host);
}

type Handler = (request: { ip: string }, response: { send(text: string): void }) => void;
interface ExpressApp extends http.RequestListener {
  (request: http.IncomingMessage, response: http.ServerResponse): void;
  get(path: string, handler: Handler): void;
}

const sayPeer: http.RequestListener = (request, response) => {
  response.end(request.socket.remoteAddress);
};

describe('setStack(): frameworks that call listen() themselves', () => {
  it('express', async () => {
    const app: ExpressApp = load('express')();
    app.get('/', ({ ip }, response) => response.send(ip));
    const server = setStack(closing(http.createServer(app)), 'split').listen(0);
    await once(server, 'listening');
    await expectServed(server);
  });

  it('koa', async () => {
    const app = new (load('koa'))();
    app.use((context: { ip: string; body: string }) => {
      context.body = context.ip;
    });
    const server = setStack(closing(http.createServer(app.callback())), 'split').listen(0);
    await once(server, 'listening');
    await expectServed(server);
  });

  it('fastify, by serverFactory', async () => {
    const serverFactory = (handler: http.RequestListener) => setStack(http.createServer(handler), 'split');
    const app = fastify({ serverFactory });
    cleanUp(() => app.close());
    app.get('/', async (request) => request.ip);
    await app.listen({ port: 0, host: '::' });
    await expectServed(app.server);
  });

  it.each([
    [{ port: 0, host: '::' }, SPLIT],
    [{ port: 0 }, LOOPBACKS],
    [{ port: 0, host: 'localhost' }, LOOPBACKS],
  ] as const)('fastify, app.server before app.listen(%j)', async (options, ss) => {
    const app = fastify();
    cleanUp(() => app.close());
    app.get('/', async (request) => request.ip);
    setStack(app.server, 'split');
    await app.listen(options);
    await expectServed(app.server, [...ss]);
    await app.close();
  });

  it('hapi', async () => {
    const listener = setStack(http.createServer(), 'split');
    const app = load('@hapi/hapi').server({ listener, port: 0 });
    cleanUp(() => app.stop());
    app.route({
      method: 'GET',
      path: '/',
      handler: (request: { info: { remoteAddress: string } }) => request.info.remoteAddress,
    });
    await app.start();
    await expectServed(listener);
  });

  it('ws and socket.io on one server', async () => {
    const server = setStack(closing(http.createServer(sayPeer)), 'split');
    const sockets = new WebSocketServer({ server, path: '/ws' });
    const io = new SocketServer(server);
    cleanUp(() => sockets.close());
    cleanUp(() => io.close());
    server.listen(0);
    await once(server, 'listening');
    await expectServed(server);
  });

  it('http-proxy', async () => {
    const target = closing(http.createServer(sayPeer)).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const proxy = load('http-proxy').createProxyServer({
      target: { host: '127.0.0.1', port: addressOf(target).port },
      xfwd: true,
    });
    const server = setStack(
      closing(http.createServer((request, response) => proxy.web(request, response))),
      'split',
    ).listen(0);
    await once(server, 'listening');
    const { port } = addressOf(server);
    expect(listeners(port)).toEqual(SPLIT);
    for (const host of HOSTS) expect(await curl(host, `http://localhost:${port}/`)).toBe('127.0.0.1');
  });

  it('http2', async () => {
    const server = setStack(closing(http2.createServer()), 'split').listen(0);
    server.on('request', (request, response) => response.end(String(request.socket.remoteAddress)));
    await once(server, 'listening');
    const { port } = addressOf(server);
    expect(listeners(port)).toEqual(SPLIT);
    for (const host of HOSTS)
      expect(await curl(host, `http://localhost:${port}/`, '--http2-prior-knowledge')).toBe(host);
  });

  it("vite's development server, which wraps listen after us", async () => {
    const { createServer } = await import('vite');
    const app = await createServer({
      configFile: false,
      root: __dirname,
      logLevel: 'silent',
      server: { port: 0, host: 'localhost', hmr: false, watch: null, ws: false },
      optimizeDeps: { noDiscovery: true },
    });
    cleanUp(() => app.close());
    const { httpServer } = app;
    if (!(httpServer instanceof net.Server)) throw new Error('no http server');
    setStack(httpServer, 'split');
    await app.listen();
    expect(listeners(addressOf(httpServer).port)).toEqual(LOOPBACKS);
  });
});
