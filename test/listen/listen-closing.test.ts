/** The end of a server on two sockets: close(), the signal, disposal, and listening again. */
import { getEventListeners, once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Listening, listen } from '../../src/index';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { connected, counted, HOSTS, listeners, rejection, within } from '../harness/peers';
import { newServer } from '../harness/servers';
import { SignalOfPolyfill } from '../harness/signals';
import { pause, tryConnect } from '../harness/sockets';

expectNoLeaks();

/** A server that keeps its connections. */
const newKeeper = () => closing(net.createServer((socket) => void socket.on('error', () => undefined)));

async function accepted(server: net.Server, host: '::1' | '127.0.0.1', port: number) {
  const connection = once(server, 'connection');
  const client = await connected(host, port);
  await connection;
  return client;
}

type Close = (server: net.Server, listening: Listening, controller: AbortController) => unknown;
const serverClose: Close = (server) => server.close();
const CLOSES: readonly [string, Close][] = [
  ['Listening.close()', (_s, l) => void l.close()],
  ['server.close()', serverClose],
  ['signal', (_s, _l, controller) => controller.abort()],
  ['Listening[Symbol.asyncDispose]()', (_s, l) => void l[Symbol.asyncDispose]()],
];

describe.each(CLOSES)('listen(): %s', (_name, close) => {
  it('stops both at once', async () => {
    const server = newServer();
    const controller = new AbortController();
    const listening = await listen(server, { signal: controller.signal });
    close(server, listening, controller);
    expect([server.listening, server.address(), listeners(listening.port)]).toEqual([false, null, []]);
    const ends = HOSTS.map((host) => tryConnect(host, listening.port));
    expect(await Promise.all(ends)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
  });

  it.each(HOSTS)("'close' comes once, after the last connection, which is %s", async (last) => {
    const server = newKeeper();
    const controller = new AbortController();
    const listening = await listen(server, { signal: controller.signal });
    const clients = await Promise.all(HOSTS.map((host) => connected(host, listening.port)));
    const [ipv6, ipv4] = clients;
    const events = counted(server, 'close', 'error');
    await pause(20);
    close(server, listening, controller);
    (last === '::1' ? ipv4 : ipv6)?.destroy();
    await pause(40);
    expect(events).toEqual({ close: 0, error: 0 });
    (last === '::1' ? ipv6 : ipv4)?.destroy();
    await listening.close();
    await pause(20);
    expect(events).toEqual({ close: 1, error: 0 });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it("in the 'close' listener both ports can be bound", async () => {
    const server = newServer();
    const controller = new AbortController();
    const listening = await listen(server, { signal: controller.signal });
    const { port } = listening;
    const bound = new Promise<string[]>((resolve) => {
      server.once('close', () => {
        const others = HOSTS.map((host) => closing(net.createServer()).listen(port, host));
        const ends = others.map((one) => once(one, 'listening').then(() => 'bound', String));
        resolve(Promise.all(ends));
      });
    });
    close(server, listening, controller);
    expect(await bound).toEqual(['bound', 'bound']);
  });

  // Node gives one 'close' for each call of server.close(), and one more for a signal after it.
  const own = CLOSES.filter(([, act]) => act !== serverClose);
  it.each(close === serverClose ? own.filter(([name]) => name !== 'signal') : own)(
    "and %s in the same tick give one 'close'",
    async (_second, again) => {
      const server = newServer();
      const controller = new AbortController();
      const listening = await listen(server, { signal: controller.signal });
      const events = counted(server, 'close', 'error');
      close(server, listening, controller);
      again(server, listening, controller);
      await pause(30);
      expect(events).toEqual({ close: 1, error: 0 });
      expect(await within(listening.close())).toBe(undefined);
    },
  );

  it('of an earlier time leaves a later listening alone', async () => {
    const server = newServer();
    const controller = new AbortController();
    const first = await listen(server, { signal: controller.signal });
    await first.close();
    const second = await listen(server, {});
    if (close !== serverClose) close(server, first, controller);
    await pause(10);
    expect(server.listening).toBe(true);
    expect(listeners(second.port)).toHaveLength(2);
    await second.close();
  });

  it('of an earlier time leaves a later listening alone, while an old connection lives', async () => {
    const server = newKeeper();
    const controller = new AbortController();
    const first = await listen(server, { signal: controller.signal });
    const client = await accepted(server, '127.0.0.1', first.port);
    server.close();
    const second = await listen(server, {});
    if (close !== serverClose) close(server, first, controller);
    await pause(10);
    expect(server.listening).toBe(true);
    client.destroy();
    await second.close();
  });
});

it('listen(): a second close() resolves with the first, and after the end', async () => {
  const server = newKeeper();
  const listening = await listen(server, {});
  const client = await accepted(server, '::1', listening.port);
  const both = Promise.all([listening.close(), listening.close()]);
  expect(await within(both, 30)).toBe('never');
  client.destroy();
  expect(await both).toEqual([undefined, undefined]);
  expect(await listening.close()).toBe(undefined);
  expect(server.listenerCount('close')).toBe(0);
});

it.each([{}, { host: '127.0.0.1' }])(
  "listen(): closed by a 'listening' listener, with %j: close() settles",
  async (options) => {
    const server = newServer();
    server.once('listening', () => server.close());
    const ended = await within(
      listen(server, options).then(
        (listening) => listening.close().then(() => 'settled'),
        (error: Error) => error.name,
      ),
    );
    expect(['settled', 'AbortError']).toContain(ended);
    expect([server.listening, server.listenerCount('close'), socketsOfThisTest()]).toEqual([false, 0, []]);
  },
);

describe('listen(): a signal', () => {
  it('aborted before: AbortError, and nothing is opened', async () => {
    const server = newServer();
    const why = new Error('why');
    const error = await rejection(listen(server, { signal: AbortSignal.abort(why) }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: why });
    expect([server.listening, server.eventNames(), socketsOfThisTest()]).toEqual([false, ['connection'], []]);
    await listen(server, {});
  });

  it('aborted during: AbortError, no event, and the server can listen again', async () => {
    const server = newServer();
    const controller = new AbortController();
    const events = counted(server, 'listening', 'error', 'close');
    const promise = listen(server, { host: 'localhost', signal: controller.signal });
    controller.abort();
    expect(await rejection(promise)).toMatchObject({ name: 'AbortError' });
    await pause(20);
    expect([events, server.listening, socketsOfThisTest()]).toEqual([
      { listening: 0, error: 0, close: 0 },
      false,
      [],
    ]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await listen(server, {});
  });

  it("a polyfill's: aborted during, after and before", async () => {
    const during = new SignalOfPolyfill();
    const promise = listen(newServer(), { signal: during });
    during.abort();
    expect(await rejection(promise)).toMatchObject({ name: 'AbortError' });
    const after = new SignalOfPolyfill();
    const server = newServer();
    const { close } = await listen(server, { signal: after });
    after.abort('why');
    expect([await within(close()), server.listening]).toEqual([undefined, false]);
    expect(await rejection(listen(server, { signal: after }))).toMatchObject({ cause: 'why' });
  });

  it('nothing is left on one that lives on, after success and after failure', async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 20; i++) await (await listen(newServer(), { signal })).close();
    await rejection(listen(newServer(), { host: '2001:db8::1', signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
