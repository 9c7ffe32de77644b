/**
 * What `listen` asks of a cluster primary and does with its answers, with the primary's part in this process; the
 * sockets are real. test/listen/listen-cluster.test.ts has primaries and workers.
 */
import cluster from 'node:cluster';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getV6Only, listen, setV6Only } from '../../src/index';
import { errnoOf } from '../../src/kernel/errors';
import type { PrimaryQuery, PrimaryReply } from '../../src/runtime/cluster';
import type { ListenHandle } from '../../src/runtime/handles';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { counted, HOSTS, listeners, rejection } from '../harness/peers';
import { newServer } from '../harness/servers';
import { pause, tryConnect } from '../harness/sockets';
import { thrown } from '../harness/thrown';

interface Owner {
  once(event: string, listener: () => void): void;
  address(): unknown;
}

type Primary = (query: PrimaryQuery, reply: PrimaryReply) => void;

const UV_IPV6ONLY = 1;
const SPLIT = ['[::] v6only:1', '0.0.0.0'];

const asked: PrimaryQuery[] = [];
const owners: Owner[] = [];
/** How each socket was told to listen. */
const backlogs: number[] = [];
let answer: Primary;

function openSocket({ address, port, addressType, flags }: PrimaryQuery): ListenHandle | number {
  const create: (...args: unknown[]) => ListenHandle | number = Reflect.get(net, '_createServerHandle');
  return create(address, port, addressType, undefined, flags);
}

function noteBacklogs(handle: ListenHandle): ListenHandle {
  const { listen: own } = handle;
  Reflect.set(handle, 'listen', (backlog: number) => {
    backlogs.push(backlog);
    return own.call(handle, backlog);
  });
  return handle;
}

/** SCHED_NONE: the worker gets the socket itself. */
const shares: Primary = (query, reply) => {
  const handle = openSocket(query);
  if (typeof handle === 'number') setImmediate(reply, handle, null);
  else setImmediate(reply, 0, noteBacklogs(handle));
};

/** SCHED_RR: the worker gets what only looks like a socket (lib/internal/cluster/child.js, rr). */
const keeps: Primary = (query, reply) => {
  const handle = openSocket(query);
  if (typeof handle === 'number') return void setImmediate(reply, handle, null);
  handle.listen(query.backlog ?? 0);
  const held = {
    listen: (backlog: number) => backlogs.push(backlog) * 0,
    close: () => handle.close(),
    getsockname: (out: object) => handle.getsockname?.(out) ?? 0,
    ref() {},
    unref() {},
  };
  setImmediate(reply, 0, held);
};

const real = { ...Object.getOwnPropertyDescriptors(cluster), send: process.send };

beforeAll(() => {
  Object.assign(cluster, {
    isPrimary: false,
    isWorker: true,
    _getServer(owner: Owner, query: PrimaryQuery, reply: PrimaryReply) {
      owners.push(owner);
      asked.push(query);
      answer(query, reply);
    },
  });
  process.send ??= () => true;
});

afterAll(() => {
  const { send, isPrimary, isWorker } = real;
  Object.defineProperties(cluster, { isPrimary, isWorker });
  Reflect.set(process, 'send', send);
});

beforeEach(() => {
  for (const list of [asked, owners, backlogs]) list.length = 0;
  answer = shares;
});

expectNoLeaks();

const questions = (): unknown[] =>
  asked.map(({ address, port, addressType, flags }) => [address, port, addressType, flags]);

describe.each([
  ['shares its sockets', shares],
  ['keeps its sockets', keeps],
])('a primary that %s', (_name, primary) => {
  beforeEach(() => {
    answer = primary;
  });
  const twice = primary === keeps;

  it('is asked for each address, all on the port of the first', async () => {
    const { port, sockets } = await listen(newServer(), {});
    expect(questions()).toEqual([
      ['::', 0, 6, UV_IPV6ONLY],
      ['0.0.0.0', port, 4, 0],
    ]);
    expect(sockets).toEqual([
      { family: 'IPv6', address: '::', port, v6Only: true },
      { family: 'IPv4', address: '0.0.0.0', port, v6Only: null },
    ]);
    expect(listeners(port)).toEqual(SPLIT);
  });

  it('is asked without the flag for a dual-stack socket, and with the other flags of Node', async () => {
    const { port } = await listen(newServer(), { stack: 'dual' });
    expect(questions()).toEqual([['::', 0, 6, 0]]);
    expect(listeners(port)).toEqual(['* v6only:0']);
  });

  it.each([
    [undefined, 511],
    [7, 7],
  ])('gives sockets that listen with a backlog of %s', async (backlog, expected) => {
    await listen(newServer(), { backlog });
    // Node listens on the first by itself, where that is not seen to be done.
    expect(backlogs).toEqual(twice ? [expected, expected, expected] : [expected, expected]);
  });

  it("is asked in the server's name, and told once when that listens", async () => {
    const server = newServer();
    const told: unknown[] = [];
    answer = (query, reply) => {
      owners.at(-1)?.once('listening', () => told.push(owners[0]?.address()));
      primary(query, reply);
    };
    const { port } = await listen(server, {});
    expect(told).toEqual([{ address: '::', family: 'IPv6', port }]);
    expect(owners).not.toContain(server);
    expect(server.listenerCount('listening')).toBe(0);
  });

  it('refuses the second socket: its error, nothing left, and the server can listen', async () => {
    const server = newServer();
    const events = counted(server, 'listening', 'error', 'close');
    answer = (query, reply) => {
      if (query.addressType === 6) return primary(query, reply);
      setImmediate(reply, errnoOf('EACCES'), null);
    };
    const fields = { code: 'EACCES', syscall: 'listen', address: '0.0.0.0', reason: 'bind-failed' };
    expect(await rejection(listen(server, {}))).toMatchObject(fields);
    await pause(10);
    expect([events, server.listening, socketsOfThisTest()]).toEqual([
      { listening: 0, error: 0, close: 0 },
      false,
      [],
    ]);
    answer = primary;
    expect((await listen(server, {})).sockets).toHaveLength(2);
  });

  const ENDS: readonly [string, (server: net.Server, controller: AbortController) => unknown][] = [
    ['the signal', (_server, controller) => controller.abort()],
    ['close()', (server) => server.close()],
  ];
  it.each(ENDS)('answers after %s: AbortError, and what it gave is closed', async (_end, end) => {
    const server = newServer();
    const controller = new AbortController();
    const events = counted(server, 'listening', 'error');
    const promise = listen(server, { signal: controller.signal });
    answer = (query, reply) => {
      end(server, controller);
      primary(query, reply);
    };
    expect(await rejection(promise)).toMatchObject({ name: 'AbortError' });
    // Its second answer may be under way.
    for (let i = 0; i < 100 && (asked.length < 2 || socketsOfThisTest().length > 0); i++) await pause(10);
    expect([events, server.listening, socketsOfThisTest()]).toEqual([{ listening: 0, error: 0 }, false, []]);
    answer = primary;
    expect((await listen(server, {})).sockets).toHaveLength(2);
  });
});

it('connections that come before the server listens are served', async () => {
  const seen: string[] = [];
  const server = net.createServer((socket) => {
    seen.push(socket.remoteAddress ?? 'gone');
    socket.destroy();
  });
  let clients: Promise<string>[] = [];
  answer = (query, reply) => {
    if (query.addressType === 6) return shares(query, reply);
    shares(query, (error, handle) => {
      clients = [tryConnect('::1', query.port ?? 0)];
      setTimeout(reply, 30, error, handle);
    });
  };
  const listening = closing(await listen(server, {}));
  expect(await Promise.all(clients)).toEqual(['connected']);
  expect(await tryConnect('127.0.0.1', listening.port)).toBe('connected');
  await pause(20);
  expect(seen).toEqual(['::1', '127.0.0.1']);
});

describe("the server's own listen() while the primary is asked", () => {
  const superseded = async (first: Primary) => {
    const server = newServer();
    const events = counted(server, 'listening', 'error');
    const later: Primary = (query, reply) =>
      shares(query, (error, handle) => setTimeout(reply, 20, error, handle));
    answer = (query, reply) => {
      answer = later;
      first(query, reply);
    };
    const promise = listen(server, {});
    while (asked.length === 0) await pause(1);
    server.listen(0);
    const { port, sockets } = await promise;
    for (let i = 0; i < 100 && socketsOfThisTest().length > 2; i++) await pause(10);
    expect(sockets.map(({ address }) => address)).toEqual(['::', '0.0.0.0']);
    expect([events, listeners(port)]).toEqual([{ listening: 1, error: 0 }, SPLIT]);
    expect(socketsOfThisTest()).toHaveLength(2);
    for (const host of HOSTS) expect(await tryConnect(host, port)).toBe('connected');
  };

  it('takes over: one listening, and no socket that nobody accepts from', async () => {
    await superseded((query, reply) =>
      shares(query, (error, handle) => setTimeout(reply, 10, error, handle)),
    );
  });

  it('takes over from one that fails', async () => {
    await superseded((_query, reply) => setTimeout(reply, 10, errnoOf('EACCES'), null));
  });
});

it('a socket that the primary keeps is read where the kernel shows it, and never set', async () => {
  answer = keeps;
  for (const stack of ['ipv6', 'dual'] as const) {
    const server = newServer();
    await listen(server, { stack });
    expect(getV6Only(server)).toBe(stack === 'ipv6');
    const fields = { code: 'ENOTSUP', reason: 'not-visible', syscall: 'setsockopt' };
    expect(thrown(() => setV6Only(server, stack === 'ipv6'))).toMatchObject(fields);
  }
});

it('an IPv4 socket that the primary keeps has no option', async () => {
  answer = keeps;
  const server = newServer();
  await listen(server, { host: '127.0.0.1' });
  expect(thrown(() => getV6Only(server))).toMatchObject({
    code: 'ENOPROTOOPT',
    reason: 'not-ipv6',
    syscall: 'getsockopt',
    message: expect.stringContaining('an IPv4 (AF_INET) socket of the cluster primary'),
  });
});

it('an answer that cannot be used is the error of the listen', async () => {
  const server = newServer();
  const failure = new Error('of the socket');
  answer = (query, reply) =>
    shares(query, (error, handle) => {
      Reflect.set(Object(handle), 'listen', () => {
        throw failure;
      });
      reply(error, handle);
    });
  expect(await rejection(listen(server, {}))).toBe(failure);
  expect([server.listening, socketsOfThisTest()]).toEqual([false, []]);
});

it('outside the cluster, with exclusive, nobody is asked', async () => {
  const { port } = await listen(newServer(), { exclusive: true });
  expect([asked, listeners(port)]).toEqual([[], SPLIT]);
});
