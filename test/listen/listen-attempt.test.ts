/** The option of a stack, and a `listen` whose name is looked up while other things happen to the server. */
import dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen, setV6Only } from '../../src/index';
import type { Addon } from '../../src/kernel/addon';
import { chosenV6Only } from '../../src/listen/listen-attempt';
import { FakeKernel, type FakeOptions, RULES } from '../fake/fake-kernel';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { found } from '../harness/lookups';
import { connected, counted, listeners, rejection } from '../harness/peers';
import { addressOf, listening, newServer } from '../harness/servers';
import { pause } from '../harness/sockets';
import { thrown } from '../harness/thrown';

const fake = vi.hoisted((): { addon: Addon | undefined } => ({ addon: undefined }));
vi.mock('../../src/kernel/addon', async (original) => {
  const real = await original<typeof import('../../src/kernel/addon')>();
  return { ...real, addon: () => fake.addon ?? real.addon() };
});

expectNoLeaks();
afterEach(() => {
  fake.addon = undefined;
});

describe('the option of', () => {
  it.each<[string, boolean, FakeOptions]>([
    ['split', true, { sysctl: 0 }],
    ['ipv6', true, { sysctl: 0 }],
    ['dual', false, { sysctl: 1 }],
    ['system', false, { sysctl: 0 }],
    ['system', true, { sysctl: 1 }],
    ['system', true, { noIPv6: 'EAFNOSUPPORT' }],
  ])('%s is %s with %j', (stack, v6Only, options) => {
    fake.addon = new FakeKernel(RULES.linux, options);
    expect(Reflect.apply(chosenV6Only, undefined, [net.createServer(), stack])).toBe(v6Only);
  });

  it('a stack may not contradict an earlier setV6Only', () => {
    const server = setV6Only(net.createServer(), true);
    expect(chosenV6Only(server, 'split')).toBe(true);
    expect(thrown(() => chosenV6Only(server, 'dual'))).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message:
        "The argument 'options.stack' contradicts the earlier setV6Only(server, true). Received 'dual'",
    });
    setV6Only(server, false);
    expect(chosenV6Only(server, 'dual')).toBe(false);
    expect(thrown(() => chosenV6Only(server, 'ipv6'))).toMatchObject({
      message: expect.stringContaining('setV6Only(server, false)'),
    });
  });
});

describe('while a name is looked up', () => {
  /** Keeps the lookup waiting until the function is called. */
  function waiting(): () => void {
    const { lookup } = dns;
    const dones: ((error: null, all: unknown) => void)[] = [];
    const stub = (_host: string, _options: object, done: (error: null, all: unknown) => void): void =>
      void dones.push(done);
    Object.assign(dns, { lookup: stub });
    cleanUp(() => Object.assign(dns, { lookup }));
    return () => {
      for (const done of dones) done(null, found('::1', '127.0.0.1'));
    };
  }

  it("the server's own listen takes it: ERR_SERVER_ALREADY_LISTEN, and that one goes on", async () => {
    const server = newServer();
    const answer = waiting();
    const promise = rejection(listen(server, { host: 'slow.test' }));
    await listening(server, 0);
    const { port } = addressOf(server);
    const calls: unknown[] = [];
    const own = server.listen;
    Reflect.set(server, 'listen', (...args: unknown[]) => {
      calls.push(args);
      return Reflect.apply(own, server, args);
    });
    answer();
    expect(await promise).toMatchObject({ code: 'ERR_SERVER_ALREADY_LISTEN' });
    await pause(0);
    expect([server.listening, listeners(port), calls]).toEqual([true, ['* v6only:0'], []]);
  });

  it("the last connection of an earlier time ends: its 'close' does not count", async () => {
    const server = closing(net.createServer((socket) => void socket.resume()));
    const { port } = await listen(server, {});
    const accepted = once(server, 'connection');
    const client = await connected('::1', port);
    await accepted;
    server.close();
    const events = counted(server, 'close', 'listening');
    const answer = waiting();
    const promise = listen(server, { host: 'slow.test' });
    client.destroy();
    await once(server, 'close');
    answer();
    const { sockets } = await promise;
    expect(sockets.map(({ address }) => address)).toEqual(['::1', '127.0.0.1']);
    expect(events).toEqual({ close: 1, listening: 1 });
  });

  it('close() ends it', async () => {
    const server = newServer();
    const answer = waiting();
    const promise = rejection(listen(server, { host: 'slow.test' }));
    server.close();
    expect(await promise).toMatchObject({ name: 'AbortError' });
    answer();
    await pause(0);
    expect(server.listening).toBe(false);
  });
});

it('an address that the stack cannot bind is an error of listen', async () => {
  const refused = await rejection(listen(newServer(), { host: '::ffff:127.0.0.1' }));
  expect(refused).toMatchObject({ reason: 'not-ipv6', syscall: 'listen' });
});

describe('aborted', () => {
  it('when it has bound: the next listen of the server is its own', async () => {
    const server = newServer();
    const controller = new AbortController();
    const own = server.listen;
    Reflect.set(server, 'listen', (...args: unknown[]) => {
      Reflect.apply(own, server, args);
      controller.abort();
    });
    const aborted = await rejection(listen(server, { signal: controller.signal }));
    expect(aborted).toMatchObject({ name: 'AbortError' });
    Reflect.set(server, 'listen', own);
    await listening(server, 0, '127.0.0.1');
    expect(listeners(addressOf(server).port)).toEqual(['127.0.0.1']);
  });

  it("by a listener of 'listening' that listens again", async () => {
    const server = newServer();
    const controller = new AbortController();
    const again = new Promise<{ port: number }>((resolve) => {
      server.once('listening', () => {
        controller.abort();
        resolve(listen(server, {}));
      });
    });
    const aborted = await rejection(listen(server, { signal: controller.signal }));
    expect(aborted).toMatchObject({ name: 'AbortError' });
    expect(listeners((await again).port)).toEqual(['[::] v6only:1', '0.0.0.0']);
  });
});
