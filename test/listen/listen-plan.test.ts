/** What is between `listen` and Node's own listening: what each socket is opened with, and what is closed again. */
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { cleanUp, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { counted, listeners, rejection } from '../harness/peers';
import { newServer } from '../harness/servers';
import { pause } from '../harness/sockets';

expectNoLeaks();

type Listen2 = (this: net.Server, ...args: unknown[]) => void;

/** Puts something before Node's own listening of this server. */
function interpose(server: net.Server, step: (next: () => void, args: unknown[]) => void): void {
  const own: Listen2 = Reflect.get(server, '_listen2');
  Reflect.set(server, '_listen2', (...args: unknown[]) => step(() => Reflect.apply(own, server, args), args));
}

const UV_IPV6ONLY = 1;
const UV_TCP_REUSEPORT = 2;

describe('each socket is opened', () => {
  /** What Node's own function is asked for; flags that this Node may not know are left out. */
  function asked(): unknown[][] {
    const name = '_createServerHandle';
    const create: (...args: unknown[]) => unknown = Reflect.get(net, name);
    const calls: unknown[][] = [];
    cleanUp(() => Reflect.set(net, name, create));
    Reflect.set(net, name, (address: unknown, port: unknown, type: unknown, fd: unknown, flags: number) => {
      calls.push([address, port, type, flags]);
      return create(address, port, type, fd, flags & ~UV_TCP_REUSEPORT);
    });
    return calls;
  }

  it('with its own address, family and option', async () => {
    const calls = asked();
    const { port } = await listen(newServer(), { host: ['::1', '127.0.0.1'] });
    expect(calls).toEqual([
      ['::1', 0, 6, UV_IPV6ONLY],
      ['127.0.0.1', port, 4, 0],
    ]);
  });

  it('with the flags that Node has for this listen', async () => {
    const server = newServer();
    await (await listen(server, {})).close();
    const ours: Listen2 = Reflect.get(server, '_listen2');
    Reflect.set(server, '_listen2', (...args: unknown[]) =>
      Reflect.apply(ours, server, [...args.slice(0, 5), UV_TCP_REUSEPORT]),
    );
    const calls = asked();
    const { port } = await listen(server, {});
    expect(calls).toEqual([
      ['::', 0, 6, UV_TCP_REUSEPORT | UV_IPV6ONLY],
      ['0.0.0.0', port, 4, UV_TCP_REUSEPORT],
    ]);
  });

  it.each([
    [undefined, 511],
    [0, 511],
    [9, 9],
  ])('with a backlog of %s: %i, as by Node', async (backlog, expected) => {
    const { port } = await listen(newServer(), { backlog });
    const rows = execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(rows.map((row) => Number(row.split(/\s+/)[2]))).toEqual([expected, expected]);
  });
});

it.each([
  [{ host: '127.0.0.1' }, ['127.0.0.1', 0, 4]],
  [{ host: ['127.0.0.1', '::1'] }, ['::1', 0, 6]],
  [{}, ['::', 0, 6]],
])('Node listens with the first socket: %j', async (options, expected) => {
  const server = newServer();
  const seen: unknown[][] = [];
  interpose(server, (next, args) => {
    seen.push(args.slice(0, 3));
    next();
  });
  await listen(server, options);
  expect(seen).toEqual([expected]);
});

describe('where the server does not take the sockets', () => {
  it('by throwing: its error, nothing open, and it can listen', async () => {
    const server = newServer();
    const failure = new Error('of the server');
    let failing = true;
    interpose(server, (next) => {
      if (failing) throw failure;
      next();
    });
    expect(await rejection(listen(server, {}))).toBe(failure);
    expect([server.listening, server.address(), socketsOfThisTest()]).toEqual([false, null, []]);
    failing = false;
    expect(listeners((await listen(server, {})).port)).toHaveLength(2);
  });

  it("by an 'error' of its own: that error, nothing open, and it can listen", async () => {
    const server = newServer();
    const failure = new Error('of the server');
    const events = counted(server, 'error', 'listening');
    let failing = true;
    interpose(server, (next) => {
      if (!failing) return next();
      Reflect.get(server, '_handle').close();
      Reflect.set(server, '_handle', null);
      process.nextTick(() => server.emit('error', failure));
    });
    expect(await rejection(listen(server, {}))).toBe(failure);
    expect([server.listening, socketsOfThisTest()]).toEqual([false, []]);
    failing = false;
    expect(listeners((await listen(server, {})).port)).toHaveLength(2);
    await pause(0);
    expect(events).toEqual({ error: 1, listening: 1 });
  });
});
