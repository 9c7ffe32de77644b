/** `send` of a udp binding: the socket of the address's family, and what becomes of the rest. */
import type dgram from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type BindUdpOptions,
  bindUdp,
  type UdpBinding,
  type UdpMessage,
  type UdpSendCallback,
} from '../../src/index';
import { newSocket, portOf } from '../harness/datagrams';
import { closing, expectNoLeaks } from '../harness/leaks';
import { found, lookupFailure, stubLookup } from '../harness/lookups';
import { type Host, type Rejection, rejection, within } from '../harness/peers';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const bind = async (options: BindUdpOptions = {}) => closing(await bindUdp(options));

/** Somebody on a loopback address, who tells what arrives and from where. */
async function peer(host: Host) {
  const socket = newSocket({ type: host === '::1' ? 'udp6' : 'udp4' });
  socket.bind(0, host);
  await once(socket, 'listening');
  const next = async (): Promise<string> => {
    const got = await within(once(socket, 'message'));
    if (got === 'never') return got;
    const [message, rinfo]: [Buffer, dgram.RemoteInfo] = [got[0], got[1]];
    return `${message} from ${rinfo.address} ${rinfo.port}`;
  };
  return { port: portOf(socket) ?? 0, next };
}

/** What a callback is called with. */
function called(send: (callback: UdpSendCallback) => void): Promise<[Rejection | null, number | undefined]> {
  return new Promise((resolve) => send((error, bytes) => resolve([error, bytes])));
}

const WAYS: readonly [
  name: string,
  send: (binding: UdpBinding, port: number, address?: string) => Promise<number | undefined>,
][] = [
  ['a promise', ({ send }, port, address) => send('hello', port, address)],
  [
    'a callback',
    async ({ send }, port, address) => {
      const [error, bytes] = await called((callback) => send('hello', port, address, callback));
      if (error !== null) throw error;
      return bytes;
    },
  ],
];

describe.each(WAYS)('send() of bindUdp, with %s', (_name, send) => {
  const ARRIVES: readonly [BindUdpOptions, address: string, from: Host][] = [
    [{}, '::1', '::1'],
    [{}, '127.0.0.1', '127.0.0.1'],
    [{}, '::ffff:127.0.0.1', '127.0.0.1'],
    [{}, '::ffff:7f00:1', '127.0.0.1'],
    [{ stack: 'dual' }, '::1', '::1'],
    [{ stack: 'dual' }, '127.0.0.1', '127.0.0.1'],
    [{ stack: 'dual' }, '::ffff:127.0.0.1', '127.0.0.1'],
    [{ stack: 'ipv6' }, '::1', '::1'],
    [{ host: '127.0.0.1' }, '127.0.0.1', '127.0.0.1'],
    [{ host: ['::1', '127.0.0.1'] }, '127.0.0.1', '127.0.0.1'],
    [{ host: '::ffff:127.0.0.1', stack: 'dual' }, '127.0.0.1', '127.0.0.1'],
  ];

  it.each(ARRIVES)('%j sends to %s from %s and its one port', async (options, address, from) => {
    const binding = await bind(options);
    const { port, next } = await peer(from);
    const arrived = next();
    expect(await send(binding, port, address)).toBe(5);
    expect(await arrived).toBe(`hello from ${from} ${binding.port}`);
  });

  const REFUSED: readonly [BindUdpOptions, address: string, error: object][] = [
    [{ stack: 'ipv6' }, '127.0.0.1', { code: 'ENOPROTOOPT', reason: 'not-ipv6' }],
    [{ stack: 'ipv6' }, '::ffff:127.0.0.1', { code: 'ENOPROTOOPT', reason: 'not-ipv6' }],
    [{ host: '::1', stack: 'dual' }, '127.0.0.1', { code: 'ENOPROTOOPT', reason: 'not-ipv6' }],
    [{ host: '127.0.0.1' }, '::1', { code: 'EAFNOSUPPORT', reason: 'no-ipv6' }],
    [{ host: '::ffff:127.0.0.1', stack: 'dual' }, '::1', { code: 'EAFNOSUPPORT', reason: 'no-ipv6' }],
  ];

  it.each(REFUSED)('%j has no socket for %s', async (options, address, expected) => {
    const error = await rejection(send(await bind(options), 9, address));
    expect(error).toMatchObject({ ...expected, syscall: 'send', address, port: 9 });
  });

  it.each([
    ['::1', {}],
    ['::1', { stack: 'dual' }],
    ['127.0.0.1', { host: '127.0.0.1' }],
  ] as const)('without an address goes to %s with %j', async (host, options) => {
    const binding = await bind(options);
    for (const absent of [undefined, '']) {
      const { port, next } = await peer(host);
      const arrived = next();
      await send(binding, port, absent);
      expect(await arrived).toContain(`from ${host}`);
    }
  });

  it.each([
    [{}, ['::1', '127.0.0.1'], '::1'],
    [{}, ['127.0.0.1', '::1'], '127.0.0.1'],
    [{ host: '127.0.0.1' }, ['::1', '127.0.0.1'], '127.0.0.1'],
    [{ stack: 'ipv6' }, ['127.0.0.1', '::1'], '::1'],
  ] as const)('%j: of a name with %j it takes %s', async (options, addresses, host) => {
    stubLookup('both.test', () => found(...addresses));
    const binding = await bind(options);
    const { port, next } = await peer(host);
    const arrived = next();
    await send(binding, port, 'both.test');
    expect(await arrived).toContain(`from ${host}`);
  });

  it('a name that is not there, or has no address of a family there is', async () => {
    stubLookup('gone.test', () => lookupFailure('gone.test'));
    const binding = await bind({ stack: 'ipv6' });
    expect(await rejection(send(binding, 9, 'gone.test'))).toMatchObject({ code: 'ENOTFOUND' });
    stubLookup('ipv4.test', () => found('192.0.2.1'));
    expect(await rejection(send(binding, 9, 'ipv4.test'))).toMatchObject({
      reason: 'not-ipv6',
      address: '192.0.2.1',
    });
  });

  it("the kernel's own refusal, and a binding that was closed", async () => {
    const binding = await bind({ host: ['::1', '127.0.0.1'] });
    // From a loopback address nothing leaves the machine.
    expect(await rejection(send(binding, 9, '192.0.2.1'))).toMatchObject({ syscall: 'send' });
    await binding.close();
    for (const address of ['::1', 'localhost'])
      expect(await rejection(send(binding, 9, address))).toMatchObject({
        code: 'ERR_SOCKET_DGRAM_NOT_RUNNING',
      });
  });
});

describe('send() of bindUdp', () => {
  it('takes the messages that dgram takes, whole and in parts', async () => {
    const { send } = await bind();
    const { port, next } = await peer('127.0.0.1');
    const bytes = new TextEncoder().encode('abc');
    const messages: readonly [UdpMessage, string][] = [
      ['', ''],
      [bytes, 'abc'],
      [new DataView(bytes.buffer, 1), 'bc'],
      [['a', bytes, Buffer.from('d')], 'aabcd'],
      [[], ''],
    ];
    for (const [message, text] of messages) {
      const arrived = next();
      await send(message, port, '127.0.0.1');
      expect(await arrived).toContain(`${text} from`);
    }
  });

  it('keeps the order of what is sent to addresses', async () => {
    const { send } = await bind();
    const { port, next } = await peer('::1');
    const first = next();
    void send('1', port, '::1');
    send('2', port, '::1', () => undefined);
    expect(await first).toContain('1 from');
    expect(await next()).toContain('2 from');
  });

  it('a callback in the place of the address', async () => {
    const { send } = await bind();
    const { port, next } = await peer('::1');
    const arrived = next();
    expect(await called((callback) => send('x', port, callback))).toEqual([null, 1]);
    expect(await arrived).toContain('from ::1');
  });

  const WRONG: readonly [args: unknown[], error: object][] = [
    [[], { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('"message"') }],
    [[3, 9, '::1'], { code: 'ERR_INVALID_ARG_TYPE' }],
    [[['a', 3], 9, '::1'], { code: 'ERR_INVALID_ARG_TYPE' }],
    [['x', 0, '::1'], { code: 'ERR_SOCKET_BAD_PORT', message: expect.stringContaining('> 0 and < 65536') }],
    [['x', 65536, 'name.test'], { code: 'ERR_SOCKET_BAD_PORT' }],
    [['x', '', '::1'], { code: 'ERR_SOCKET_BAD_PORT' }],
    [['x', undefined, '::1'], { code: 'ERR_SOCKET_BAD_PORT' }],
    [['x', 9, 3], { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('"address"') }],
  ];

  it.each(WRONG)('wrong arguments %j: thrown with a callback, rejected without', async (args, error) => {
    const { send } = await bind();
    const loose = (...given: unknown[]): unknown => Reflect.apply(send, undefined, given);
    expect(await rejection(loose(...args) as Promise<unknown>)).toMatchObject(error);
    if (args.length < 3) return;
    const never = () => expect.unreachable('called');
    expect(thrown(() => loose(...args, never))).toMatchObject(error);
  });

  it('anything but a function as callback', async () => {
    const { send } = await bind();
    const error = thrown(() => Reflect.apply(send, undefined, ['x', 9, '::1', {}]));
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  it('types: a promise without a callback, nothing with one', () => {
    const call = (send: UdpBinding['send'], done: UdpSendCallback) => ({
      promise: () => send('x', 9, '::1'),
      loopback: () => send(['x', Buffer.alloc(1)], 9),
      callback: () => send(new Uint8Array(1), 9, '::1', done),
      second: () => send('x', 9, done),
    });
    type Returned = ReturnType<typeof call>;
    expectTypeOf<ReturnType<Returned['promise' | 'loopback']>>().toEqualTypeOf<Promise<number>>();
    expectTypeOf<ReturnType<Returned['callback' | 'second']>>().toEqualTypeOf<void>();
    expectTypeOf<number>().not.toExtend<UdpMessage>();
  });
});
