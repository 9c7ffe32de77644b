/** Subclasses of servers and wrappers of `listen` take part, and their failures leave the server usable. */
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { counted, listeners, rejection, within } from '../harness/peers';
import { newServer } from '../harness/servers';
import { pause } from '../harness/sockets';

expectNoLeaks();

const SPLIT = ['[::] v6only:1', '0.0.0.0'];
type AnyListen = (...args: unknown[]) => unknown;

/** Replaces `listen` on the instance, as vite does. */
function wrap(server: net.Server, wrapper: (next: AnyListen, args: unknown[]) => unknown): void {
  const next: AnyListen = server.listen.bind(server) as AnyListen;
  Reflect.set(server, 'listen', (...args: unknown[]) => wrapper(next, args));
}

it('listen(): a subclass sees one listen, and its own', async () => {
  const seen: unknown[] = [];
  class Noted extends http.Server {
    override listen(...args: unknown[]): this {
      seen.push(args[0]);
      return Reflect.apply(super.listen as AnyListen, this, args) as this;
    }
  }
  const server = closing(new Noted());
  const { port } = await listen(server, { backlog: 5 });
  expect(listeners(port)).toEqual(SPLIT);
  expect(seen).toEqual([expect.objectContaining({ port: 0, backlog: 5 })]);
});

it('listen(): a synchronous wrapper', async () => {
  const server = newServer();
  let calls = 0;
  wrap(server, (next, args) => {
    calls++;
    return next(...args);
  });
  expect(listeners((await listen(server, {})).port)).toEqual(SPLIT);
  expect(calls).toBe(1);
});

it('listen(): an asynchronous wrapper that starts something first', async () => {
  const server = newServer();
  const order: string[] = [];
  wrap(server, async (next, args) => {
    await pause(20);
    order.push('started');
    return next(...args);
  });
  server.once('listening', () => order.push('listening'));
  expect(listeners((await listen(server, {})).port)).toEqual(SPLIT);
  expect(order).toEqual(['started', 'listening']);
});

it('listen(): a wrapper that fails after it has listened leaves nothing open, and the server usable', async () => {
  const server = newServer();
  const failure = new Error('of the wrapper');
  const { listen: own } = server;
  wrap(server, async (next, args) => {
    next(...args);
    throw failure;
  });
  expect(await rejection(listen(server, {}))).toBe(failure);
  expect(server.listening).toBe(false);
  Reflect.set(server, 'listen', own);
  expect(listeners((await listen(server, {})).port)).toEqual(SPLIT);
});

it('listen(): a server that cannot be awaited leaves nothing open', async () => {
  const failure = new Error('of then');
  const server = Object.assign(newServer(), {
    // biome-ignore lint/suspicious/noThenProperty: a wrapper may return anything.
    then() {
      throw failure;
    },
  });
  expect(await rejection(listen(server, {}))).toBe(failure);
  expect(server.listening).toBe(false);
  await pause(0);
  expect(socketsOfThisTest()).toEqual([]);
});

it("listen(): a wrapper that fails after 'listening' does not take the sockets away", async () => {
  const server = newServer();
  wrap(server, async (next, args) => {
    next(...args);
    await pause(20);
    throw new Error('too late');
  });
  const { port } = await listen(server, {});
  await pause(40);
  expect(listeners(port)).toEqual(SPLIT);
});

it.each(['before', 'after'])(
  'listen(): a wrapper put on %s an earlier listening takes part',
  async (when) => {
    const server = newServer();
    if (when === 'after') await (await listen(server, {})).close();
    let calls = 0;
    wrap(server, (next, args) => {
      calls++;
      return next(...args);
    });
    await (await listen(server, {})).close();
    await listen(server, {});
    expect(calls).toBe(2);
  },
);

describe('listen(): a wrapper that fails', () => {
  const failure = new Error('the plugin failed');
  const FAILING: readonly [string, (next: AnyListen, args: unknown[]) => unknown][] = [
    [
      'by throwing',
      () => {
        throw failure;
      },
    ],
    ['by rejecting', () => Promise.reject(failure)],
    ['by rejecting later', () => pause(10).then(() => Promise.reject(failure))],
  ];

  it.each(FAILING)('%s: its error, no event, and the server can listen again', async (_name, wrapper) => {
    const server = newServer();
    const real = server.listen;
    wrap(server, wrapper);
    const events = counted(server, 'listening', 'error', 'close');
    const before = server.eventNames();
    expect(await rejection(listen(server, {}))).toBe(failure);
    expect(server.eventNames()).toEqual(before);
    server.listen = real;
    const { port } = await listen(server, {});
    expect(listeners(port)).toEqual(SPLIT);
    expect(events).toEqual({ listening: 1, error: 0, close: 0 });
  });

  it.each(FAILING)("%s: the server's own listen works again, as without us", async (_name, wrapper) => {
    const server = newServer();
    const real = server.listen;
    wrap(server, wrapper);
    await rejection(listen(server, {}));
    server.listen = real;
    const events = counted(server, 'listening', 'error');
    server.listen(0, '127.0.0.1');
    await pause(30);
    expect(events).toEqual({ listening: 1, error: 0 });
    expect(server.address()).toMatchObject({ address: '127.0.0.1' });
  });
});

describe('listen(): ended while an asynchronous wrapper is at work', () => {
  const ENDS: readonly [string, (server: net.Server, controller: AbortController) => unknown][] = [
    ['the signal', (_server, controller) => controller.abort()],
    ['server.close()', (server) => server.close()],
  ];
  const slow = (server: net.Server) =>
    wrap(server, async (next, args) => {
      await pause(30);
      return next(...args);
    });

  it.each(ENDS)("by %s: AbortError, nothing opened, no 'error'", async (_name, end) => {
    const server = newServer();
    slow(server);
    const controller = new AbortController();
    const events = counted(server, 'listening', 'error');
    const promise = listen(server, { signal: controller.signal });
    setTimeout(end, 10, server, controller);
    expect(await rejection(promise)).toMatchObject({ name: 'AbortError' });
    await pause(60);
    expect([events, server.listening, socketsOfThisTest()]).toEqual([{ listening: 0, error: 0 }, false, []]);
    await listen(server, {});
  });

  it.each(ENDS)('by %s: the server can listen again at once', async (_name, end) => {
    const server = newServer();
    slow(server);
    const controller = new AbortController();
    server.on('error', () => undefined);
    const promise = listen(server, { signal: controller.signal });
    setTimeout(end, 10, server, controller);
    await rejection(promise);
    const again = await within(
      listen(server, {}).then(
        ({ sockets }) => sockets.length,
        (error: NodeJS.ErrnoException) => error.code,
      ),
    );
    expect(again).toBe(2);
    await pause(50);
    expect(server.listening).toBe(true);
  });
});

it('listen(): afterwards the server is as Node made it: a stock listen is stock', async () => {
  const server = newServer();
  await (await listen(server, {})).close();
  const stock = closing(net.createServer());
  for (const one of [server, stock]) {
    one.listen(0);
    await pause(10);
    const address = one.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(listeners(port)).toEqual(['* v6only:0']);
  }
});
