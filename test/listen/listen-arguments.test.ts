/** What `listen` and `bindUdp` take, and what they refuse: nothing coerced, nothing ignored, nothing opened. */
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { inspect } from 'node:util';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { bindUdp, listen } from '../../src/index';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { rejection } from '../harness/peers';
import { newServer } from '../harness/servers';

expectNoLeaks();

const VALUE = 'ERR_INVALID_ARG_VALUE';
const TYPE = 'ERR_INVALID_ARG_TYPE';
const PORT = 'ERR_SOCKET_BAD_PORT';

/** Refused by both calls. */
const BOTH: readonly [options: unknown, code: string | readonly string[], word: string][] = [
  [undefined, TYPE, 'options'],
  [null, TYPE, 'options'],
  [8080, TYPE, 'options'],
  ['8080', TYPE, 'options'],
  [{ stack: 'v6' }, VALUE, 'stack'],
  [{ stack: 'SPLIT' }, VALUE, 'stack'],
  [{ stack: '' }, VALUE, 'stack'],
  [{ stack: null }, VALUE, 'stack'],
  [{ stack: ['split'] }, VALUE, 'stack'],
  [{ stack: { toString: () => 'split' } }, VALUE, 'stack'],
  [{ required: 'all' }, VALUE, 'required'],
  [{ required: true }, VALUE, 'required'],
  [{ required: null }, VALUE, 'required'],
  [{ stack: 'ipv6', required: 'both' }, VALUE, 'required'],
  [{ path: '/tmp/v6only.sock' }, VALUE, 'path'],
  [{ fd: 3 }, VALUE, 'fd'],
  [{ ipv6Only: true }, VALUE, 'ipv6Only'],
  [{ ipv6Only: false }, VALUE, 'ipv6Only'],
  [{ readableAll: true }, VALUE, 'readableAll'],
  [{ prot: 80 }, VALUE, 'prot'],
  [{ Port: 80 }, VALUE, 'Port'],
  [Object.create({ path: '/x' }), VALUE, 'path'],
  [{ toString: 1 }, VALUE, 'toString'],
  [{ port: -1 }, PORT, 'port'],
  [{ port: 65536 }, PORT, 'port'],
  [{ port: 1.5 }, PORT, 'port'],
  [{ port: Number.NaN }, PORT, 'port'],
  [{ port: 2 ** 32 + 80 }, PORT, 'port'],
  [{ port: '' }, PORT, 'port'],
  [{ port: ' ' }, PORT, 'port'],
  [{ port: 'http' }, PORT, 'port'],
  [{ port: '-1' }, PORT, 'port'],
  [{ port: true }, [PORT, TYPE], 'port'],
  [{ port: 80n }, [PORT, TYPE], 'port'],
  [{ port: {} }, [PORT, TYPE], 'port'],
  [{ host: 3 }, TYPE, 'host'],
  [{ host: true }, TYPE, 'host'],
  [{ host: {} }, TYPE, 'host'],
  [{ host: [] }, [VALUE, TYPE], 'host'],
  [{ host: [''] }, [VALUE, TYPE], 'host'],
  [{ host: ['::1', 3] }, TYPE, 'host'],
  [{ host: ['::1', null] }, TYPE, 'host'],
  [{ host: [['::1']] }, TYPE, 'host'],
  [{ signal: {} }, TYPE, 'signal'],
  [{ signal: 'abort' }, TYPE, 'signal'],
  [{ signal: null }, TYPE, 'signal'],
];

const ONLY_LISTEN: typeof BOTH = [
  [{ reuseAddr: true }, VALUE, 'reuseAddr'],
  [{ exclusive: 1 }, TYPE, 'exclusive'],
  [{ exclusive: 'true' }, TYPE, 'exclusive'],
  [{ reusePort: 0 }, TYPE, 'reusePort'],
  [{ backlog: '10' }, TYPE, 'backlog'],
  [{ backlog: -1 }, 'ERR_OUT_OF_RANGE', 'backlog'],
  [{ backlog: 1.5 }, 'ERR_OUT_OF_RANGE', 'backlog'],
  [{ backlog: 2 ** 31 }, 'ERR_OUT_OF_RANGE', 'backlog'],
  [{ backlog: Number.NaN }, 'ERR_OUT_OF_RANGE', 'backlog'],
];

const ONLY_UDP: typeof BOTH = [
  [{ exclusive: 1 }, TYPE, 'exclusive'],
  [{ backlog: 1 }, VALUE, 'backlog'],
  [{ reusePort: 0 }, TYPE, 'reusePort'],
  [{ recvBufferSize: -1 }, 'ERR_OUT_OF_RANGE', 'recvBufferSize'],
  [{ lookup: 'dns' }, TYPE, 'lookup'],
  [{ reuseAddr: 1 }, TYPE, 'reuseAddr'],
  [{ type: 'udp6' }, VALUE, 'type'],
];

/** JSON, which vitest's own titles need, does not know every value here. */
const titled = (rows: typeof BOTH) =>
  rows.map(([options, ...rest]) => [inspect(options), options, ...rest] as const);

async function expectRefused(promise: Promise<unknown>, code: string | readonly string[], word: string) {
  const error = await rejection(promise);
  expect([code].flat()).toContain(error.code);
  expect(error).toBeInstanceOf(
    error.code === PORT || error.code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError,
  );
  expect(error.message).toContain(word);
  expect(socketsOfThisTest()).toEqual([]);
}

describe('wrong arguments of listen()', () => {
  it.each(titled([...BOTH, ...ONLY_LISTEN]))('%s', async (_title, options, code, word) => {
    const server = newServer();
    await expectRefused(Reflect.apply(listen, undefined, [server, options]), code, word);
    expect([server.listening, Object.keys(server).includes('listen')]).toEqual([false, false]);
    await listen(server, {});
  });

  const TARGETS: readonly [string, () => unknown, advice: string][] = [
    ['an express app', () => createRequire(__filename)('express')(), 'http.createServer'],
    ['a fastify instance', () => fastify(), 'app.server'],
    ['nothing', () => undefined, 'net.Server'],
    ['null', () => null, 'net.Server'],
    ['a number', () => 3, 'net.Server'],
    ['a net.Socket', () => new net.Socket(), 'net.Server'],
    ['the class', () => http.Server, 'net.Server'],
  ];
  it.each(TARGETS)('%s is no server, and the message says what to pass', async (_name, make, advice) => {
    const error = await rejection(Reflect.apply(listen, undefined, [make(), {}]));
    expect(error).toMatchObject({ code: TYPE, name: 'TypeError' });
    expect(error.message).toContain(advice);
  });

  it('throws nothing in the same tick, whatever is wrong', () => {
    for (const args of [[], [null, null], [newServer(), { port: -1 }]]) {
      const promise: Promise<unknown> = Reflect.apply(listen, undefined, args);
      promise.catch(() => undefined);
      expect(promise).toBeInstanceOf(Promise);
    }
  });

  const FINE: readonly object[] = [
    {},
    { port: 0 },
    { port: '0' },
    { port: undefined, host: undefined, backlog: undefined, exclusive: undefined, signal: undefined },
    { path: undefined, ipv6Only: undefined },
    { stack: undefined, required: undefined, reusePort: undefined },
    { required: 'both' },
    { backlog: 0 },
    { exclusive: true, reusePort: false },
    Object.assign(Object.create(null), { port: 0 }),
    Object.freeze({ port: 0, host: Object.freeze(['127.0.0.1', '::1']) }),
  ];
  it.each(FINE)('%j is fine', async (options) => {
    const server = newServer();
    const { sockets, port } = await listen(server, options);
    expect(sockets).toHaveLength(2);
    expect(port).toBeGreaterThan(0);
  });
});

describe('arguments of bindUdp()', () => {
  it.each(titled([...BOTH, ...ONLY_UDP]))('%s', async (_title, options, code, word) => {
    await expectRefused(Reflect.apply(bindUdp, undefined, [options]), code, word);
  });

  it.each([null, {}, 'f', 1])('onMessage %j', async (onMessage) => {
    await expectRefused(Reflect.apply(bindUdp, undefined, [{}, onMessage]), TYPE, 'onMessage');
  });

  it.each([{}, { port: '0' }, { required: 'both' }, { reuseAddr: false }])('%j is fine', async (options) => {
    const { sockets, close } = await Reflect.apply(bindUdp, undefined, [options]);
    closing({ close });
    expect(sockets).toHaveLength(2);
  });
});
