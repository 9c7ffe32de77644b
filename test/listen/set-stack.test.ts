/** `setStack(server, stack)`: what each `listen()` of the server becomes, in Node's own way. */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { getV6Only, listen, listeningSockets, type Stack, setStack, setV6Only } from '../../src/index';
import { errnoOf } from '../../src/kernel/errors';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { listeners } from '../harness/peers';
import { addressOf, KINDS, listening, newServer, observe } from '../harness/servers';
import { tryConnect } from '../harness/sockets';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const SPLIT = ['[::] v6only:1', '0.0.0.0'];
const IPV6 = ['[::] v6only:1'];
const DUAL = ['* v6only:0'];
const LOOPBACKS = ['[::1] v6only:1', '127.0.0.1'];

const portOf = (server: net.Server): number => addressOf(server).port;

describe('setStack(): what listen() opens', () => {
  it.each<[stack: Stack, args: unknown[], ss: string[]]>([
    ['split', [0], SPLIT],
    ['split', [{ port: 0 }], SPLIT],
    ['split', [0, ''], SPLIT],
    ['split', [0, '::'], SPLIT],
    ['split', [Object.freeze({ port: 0, host: '::' })], SPLIT],
    ['split', [{ port: 0, host: '::', ipv6Only: true }], SPLIT],
    ['split', [0, '0.0.0.0'], ['0.0.0.0']],
    ['split', [0, '::1'], ['[::1] v6only:1']],
    ['split', [0, 'localhost'], LOOPBACKS],
    ['split', [0, 'both.test'], LOOPBACKS],
    ['split', [0, 'ipv4.test'], ['127.0.0.1']],
    ['ipv6', [0], IPV6],
    ['ipv6', [0, '::'], IPV6],
    ['ipv6', [0, 'localhost'], ['[::1] v6only:1']],
    ['ipv6', [0, 'both.test'], ['[::1] v6only:1']],
    ['dual', [0], DUAL],
    ['dual', [{ port: 0, host: '::', ipv6Only: false }], DUAL],
    ['dual', [0, '::ffff:127.0.0.1'], ['[::ffff:127.0.0.1] v6only:0']],
    ['dual', [0, 'localhost'], LOOPBACKS],
  ])('%s: listen(...%j)', async (stack, args, ss) => {
    stubLookup('both.test', () => found('127.0.0.1', '::1'));
    stubLookup('ipv4.test', () => found('127.0.0.1'));
    const server = setStack(newServer(), stack);
    await listening(server, ...args);
    expect(listeners(portOf(server)).sort()).toEqual([...ss].sort());
    expect(listeningSockets(server)).toHaveLength(ss.length);
  });

  it.each(KINDS)('split: %s', async (_name, make) => {
    const server = setStack(closing(make()), 'split');
    server.listen(0);
    expect(addressOf(server).address).toBe('::');
    await once(server, 'listening');
    for (const host of ['::1', '127.0.0.1']) expect(await tryConnect(host, portOf(server))).toBe('connected');
    expect(listeners(portOf(server))).toEqual(SPLIT);
  });

  it('a path is as Node has it', async () => {
    const server = setStack(newServer(), 'ipv6');
    await listening(server, { path: `\0v6only-set-stack-${process.pid}` });
    expect(typeof server.address()).toBe('string');
    expect(listeningSockets(server)).toEqual([]);
  });

  it('a socket of the user is as Node has it', async () => {
    const stock = newServer();
    await listening(stock, 0, '127.0.0.1');
    const server = setStack(newServer(), 'ipv6');
    await listening(server, stock);
    expect(listeningSockets(server)).toMatchObject([{ family: 'IPv4', address: '127.0.0.1', v6Only: null }]);
  });
});

describe('setStack(): what listen() refuses', () => {
  it.each(['127.0.0.1', '0.0.0.0', 'ipv4.test', '::ffff:127.0.0.1'])(
    "ipv6: %s is an 'error' event not-ipv6",
    async (host) => {
      stubLookup('ipv4.test', () => found('127.0.0.1'));
      const server = setStack(newServer(), 'ipv6');
      const { events, error, threw } = await observe(server, (s, done) => s.listen(0, host, done));
      expect({ events: events.filter((e) => e !== 'tick' && e !== 'immediate'), threw }).toEqual({
        events: ['error'],
        threw: undefined,
      });
      expect(error).toMatchObject({ code: 'ENOPROTOOPT', syscall: 'listen' });
      expect(socketsOfThisTest()).toEqual([]);
      await listening(server, 0);
      expect(listeners(portOf(server))).toEqual(IPV6);
    },
  );

  it.each<[Stack, unknown]>([
    ['split', false],
    ['ipv6', false],
    ['dual', true],
    ['split', 1],
  ])('%s: ipv6Only: %s', (stack, ipv6Only) => {
    const server = setStack(newServer(), stack);
    for (const options of [{ port: 0, ipv6Only }, Object.freeze({ port: 0, host: '::', ipv6Only })]) {
      const act = () => server.listen(options as net.ListenOptions);
      expect(thrown(act)).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    }
    expect(server.listening).toBe(false);
  });

  it('all or nothing: the IPv4 side is taken', async () => {
    const holder = newServer();
    await listening(holder, 0, '0.0.0.0');
    const server = setStack(newServer(), 'split');
    const { events, error } = await observe(server, (s) => s.listen(portOf(holder), '::'));
    expect(events.filter((e) => e === 'listening' || e === 'error' || e === 'close')).toEqual(['error']);
    expect(error).toMatchObject({ code: 'EADDRINUSE', errno: errnoOf('EADDRINUSE'), syscall: 'listen' });
    expect(listeners(portOf(holder))).toEqual(['0.0.0.0']);
  });
});

describe('setStack(): which choice counts', () => {
  it('the later of setV6Only and setStack', async () => {
    const server = setStack(setV6Only(newServer(), true), 'dual');
    expect(getV6Only(server)).toBe(false);
    await listening(server, 0);
    expect(listeners(portOf(server))).toEqual(DUAL);
    server.close();
    await once(server, 'close');
    setV6Only(server);
    await listening(server, 0);
    expect(listeners(portOf(server))).toEqual(IPV6);
  });

  it('null takes it back, and an earlier setV6Only counts again', async () => {
    const plain = setStack(setStack(newServer(), 'ipv6'), null);
    await listening(plain, 0);
    expect(listeners(portOf(plain))).toEqual(DUAL);
    const server = setStack(setStack(setV6Only(newServer()), 'split'), null);
    expect(getV6Only(server)).toBe(true);
    await listening(server, 0);
    expect(listeners(portOf(server))).toEqual(IPV6);
  });

  it('during the look-up of a name that listen counts', async () => {
    const server = newServer();
    server.listen(0, '::');
    setStack(server, 'split');
    await once(server, 'listening');
    expect(listeners(portOf(server))).toEqual(SPLIT);
  });

  it('listen(server) without a stack takes it', async () => {
    const server = setStack(newServer(), 'ipv6');
    const { sockets, close } = await listen(server, {});
    expect(sockets).toMatchObject([{ address: '::', v6Only: true }]);
    await close();
    setV6Only(server, true);
    expect((await listen(server, { host: 'localhost' })).sockets).toMatchObject([{ address: '::1' }]);
  });

  it('a server that listens on something else is already-bound, on the same it is fine', async () => {
    const server = newServer();
    await listening(server, 0);
    expect(thrown(() => setStack(server, 'split'))).toMatchObject({
      code: 'EINVAL',
      reason: 'already-bound',
    });
    expect(setStack(server, null)).toBe(server);
    const split = setStack(newServer(), 'split');
    await listening(split, 0);
    expect(setStack(split, 'split')).toBe(split);
  });
});

describe('setStack(): arguments', () => {
  it.each([undefined, 'ipv4', true, ['split']])('%j is no stack', (stack) => {
    expect(thrown(() => setStack(newServer(), stack as Stack))).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    });
  });

  it.each([undefined, null, {}, new net.Socket(), () => {}])('%j is no server', (server) => {
    expect(thrown(() => setStack(server as net.Server, 'split'))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });

  it("returns the server's own type", () => {
    expectTypeOf(setStack<import('node:https').Server>).returns.toEqualTypeOf<import('node:https').Server>();
    expectTypeOf(setV6Only<import('node:tls').Server>).returns.toEqualTypeOf<import('node:tls').Server>();
  });
});

describe('listeningSockets()', () => {
  it('a stock server, one that does not listen, and one that is closed', async () => {
    const server = newServer();
    expect(listeningSockets(server)).toEqual([]);
    await listening(server, 0, '::1');
    const port = portOf(server);
    expect(listeningSockets(server)).toEqual([{ family: 'IPv6', address: '::1', port, v6Only: true }]);
    server.close();
    expect(listeningSockets(server)).toEqual([]);
  });

  it('a split server has two', async () => {
    const server = newServer();
    const { port, sockets } = await listen(server, {});
    expect(sockets).toEqual([
      { family: 'IPv6', address: '::', port, v6Only: true },
      { family: 'IPv4', address: '0.0.0.0', port, v6Only: null },
    ]);
    expect(listeningSockets(server)).toEqual(sockets);
  });
});
