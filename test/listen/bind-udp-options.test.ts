/** dgram's options in `bindUdp`, as the kernel has them, and what a rejection shows of its caller. */
import dgram from 'node:dgram';
import type { LookupFunction } from 'node:net';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type BindUdpOptions,
  bindUdp,
  type Missing,
  type OnMessage,
  type UdpBinding,
  type UdpSend,
} from '../../src/index';
import { dropsIPv6OnlyWithoutHost } from '../../src/runtime/support';
import { newSocket } from '../harness/datagrams';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { listeners, rejection } from '../harness/peers';
import { outcome } from '../harness/sockets';

expectNoLeaks();

const bind = async (options: BindUdpOptions = {}) => closing(await bindUdp(options));

/** dgram's reusePort came with the same versions as ipv6Only without a host. */
const KNOWS_REUSE_PORT = !dropsIPv6OnlyWithoutHost(process.version);

describe.each(['split', 'dual'] as const)('bindUdp(): %s', (stack) => {
  it('reusePort lets two share a port that both want to share', async (ctx) => {
    if (!KNOWS_REUSE_PORT) return ctx.skip('this Node has no reusePort of udp sockets');
    const { port } = await bind({ stack, reusePort: true });
    expect(await rejection(bindUdp({ stack, port }))).toMatchObject({ code: 'EADDRINUSE' });
    await bind({ stack, port, reusePort: true });
    expect(listeners(port, 'udp')).toHaveLength(stack === 'split' ? 4 : 2);
  });

  it('buffer sizes are those of a stock socket with the same options', async () => {
    const sizes = { recvBufferSize: 9000, sendBufferSize: 10_000 };
    const stock = newSocket(sizes);
    stock.bind(0);
    await outcome(stock);
    const both = (socket: dgram.Socket) => [socket.getRecvBufferSize(), socket.getSendBufferSize()];
    const { sockets } = await bind({ stack, ...sizes });
    for (const socket of sockets) expect(both(socket)).toEqual(both(stock));
    expect(both((await bind({ stack })).sockets[0] ?? stock)).not.toEqual(both(stock));
  });

  it('a size that the system refuses rejects, and leaves nothing', async () => {
    const refused = new Error('Could not get or set buffer size');
    const set = vi.spyOn(dgram.Socket.prototype, 'setSendBufferSize').mockImplementation(() => {
      throw refused;
    });
    expect(await rejection(bindUdp({ stack, sendBufferSize: 9000 }))).toBe(refused);
    set.mockRestore();
    expect(socketsOfThisTest()).toEqual([]);
  });
});

describe('bindUdp(): lookup', () => {
  /** Knows one name, and notes what it is asked. */
  function looking(...found: string[]) {
    const asked: [name: string, options: unknown][] = [];
    const lookup: LookupFunction = (name, options, callback) => {
      asked.push([name, options]);
      const all = found.map((address) => ({ address, family: 0 }));
      setImmediate(callback, null, all);
    };
    return { asked, lookup };
  }

  it('is asked for names to bind, once, and no address is', async () => {
    const { asked, lookup } = looking('127.0.0.1', '::1');
    const { port } = await bind({ host: ['name.test', '::1'], lookup });
    expect(listeners(port, 'udp')).toEqual(['[::1] v6only:1', '127.0.0.1']);
    expect(asked).toEqual([['name.test', { all: true }]]);
    await bind({ lookup });
    expect(asked).toHaveLength(1);
  });

  it('is asked for names to send to, by the binding and by its sockets', async () => {
    const { asked, lookup } = looking('127.0.0.1');
    const { port, send, sockets } = await bind({ host: '127.0.0.1', lookup });
    const seen = new Promise<number>((resolve) => {
      let count = 0;
      sockets[0]?.on('message', () => ++count === 3 && resolve(count));
    });
    await send('x', port, 'name.test');
    await send('x', port, '127.0.0.1');
    sockets[0]?.send('x', port, 'other.test');
    expect(await seen).toBe(3);
    expect(asked).toEqual([
      ['name.test', { all: true }],
      ['other.test', { family: 4 }],
    ]);
  });

  it('may give one address, as those of dgram do', async () => {
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, '127.0.0.1', 4);
    const { port, send } = await bind({ host: 'name.test', lookup });
    expect(listeners(port, 'udp')).toEqual(['127.0.0.1']);
    expect(await send('xy', 9, 'name.test')).toBe(2);
  });

  type Callback = (...args: unknown[]) => unknown;

  it.each([
    ['its error', (callback: Callback) => callback(new Error('none')), { message: 'none' }],
    ['a name', (callback: Callback) => callback(null, 'x'), { code: 'ERR_INVALID_IP_ADDRESS' }],
    ['nothing', (callback: Callback) => callback(null), { code: 'ERR_INVALID_IP_ADDRESS' }],
    ['garbage', (callback: Callback) => callback(null, [null]), { code: 'ERR_INVALID_IP_ADDRESS' }],
    [
      'what it throws',
      () => {
        throw new Error('at once');
      },
      { message: 'at once' },
    ],
  ])('%s rejects', async (_what, answer, expected) => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      answer((...args) => setImmediate(() => Reflect.apply(callback, null, args)));
    expect(await rejection(bindUdp({ host: 'name.test', lookup }))).toMatchObject(expected);
    const { send } = await bind({ lookup });
    expect(await rejection(send('x', 9, 'name.test'))).toMatchObject(expected);
  });
});

describe('bindUdp(): the stack of a rejection', () => {
  const caller = (options: object) =>
    (async function callerOfBindUdp() {
      return await bindUdp(options);
    })();

  it.each([
    ['wrong arguments', async () => ({ port: -1 })],
    ['a port that is taken', async () => ({ port: (await bind()).port })],
    ['an address of no interface', async () => ({ host: '203.0.113.9' })],
    ['a name that is not there', async () => ({ host: 'name.invalid', lookup: refuse })],
    ['a signal', async () => ({ signal: AbortSignal.abort() })],
  ])('of %s shows the caller, once', async (_what, options) => {
    const { stack = '' } = await rejection(caller(await options()));
    expect(stack.match(/bind-udp-options\.test/g)?.length).toBeGreaterThan(0);
    expect(stack.match(/callerOfBindUdp/g)).toHaveLength(1);
  });

  const refuse: LookupFunction = (_name, _options, callback) => {
    // As Node's own, which is made in a callback of the system's.
    Error.stackTraceLimit = 0;
    const error = new Error('not found');
    Error.stackTraceLimit = 10;
    setImmediate(() => callback(error, ''));
  };

  it.each([Object.freeze(new Error('frozen')), Object.assign(new Error('none'), { stack: 3 }), 'text', null])(
    'is no concern of what has none: %s',
    async (error) => {
      const lookup: LookupFunction = () => {
        throw error;
      };
      expect(await bindUdp({ host: 'name.test', lookup }).catch((reason) => reason)).toBe(error);
      expect(Object(error).stack).not.toBe('3');
    },
  );
});

it('bindUdp(): await using closes', async () => {
  let port = 0;
  {
    await using binding = await bindUdp({});
    port = binding.port;
    expect(listeners(port, 'udp')).toHaveLength(2);
  }
  expect(listeners(port, 'udp')).toEqual([]);
});

it('bindUdp(): types', () => {
  expectTypeOf(bindUdp).returns.resolves.toEqualTypeOf<UdpBinding>();
  expectTypeOf<UdpBinding>().toEqualTypeOf<{
    port: number;
    sockets: dgram.Socket[];
    missing: Missing[];
    send: UdpSend;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
  }>();
  expectTypeOf<keyof BindUdpOptions>().toEqualTypeOf<
    | ('port' | 'host' | 'stack' | 'required' | 'signal' | 'reuseAddr' | 'reusePort')
    | ('exclusive' | 'recvBufferSize' | 'sendBufferSize' | 'lookup')
  >();
  expectTypeOf<typeof import('node:dns').lookup>().toExtend<NonNullable<BindUdpOptions['lookup']>>();
  expectTypeOf(bindUdp).parameter(1).toEqualTypeOf<OnMessage | undefined>();
  expectTypeOf<{ backlog: 1 }>().not.toExtend<BindUdpOptions>();
});
