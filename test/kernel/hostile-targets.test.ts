/** What fuzzing found, and what must stay so: one look at a target decides, and the error is of the argument. */
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  bindUdp,
  describeSocket,
  getV6Only,
  isIPv4Mapped,
  listen,
  listSockets,
  peerAddress,
  rejectIPv4Mapped,
  setV6Only,
} from '../../src/index';
import { ownDescriptor } from '../harness/handles';
import { expectNoLeaks } from '../harness/leaks';
import { rejection } from '../harness/peers';
import { newServer } from '../harness/servers';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const CALLS: readonly [string, (target: { readonly fd: number }) => unknown][] = [
  ['setV6Only', (target) => setV6Only(target, true)],
  ['getV6Only', getV6Only],
  ['describeSocket', describeSocket],
];

const loose = (named: unknown, ...args: unknown[]): unknown => {
  if (typeof named !== 'function') throw new Error('no function');
  return Reflect.apply(named, undefined, args);
};

/** Answers the first descriptor once, then the second. */
function answering(first: number, second: number): { reads: number; fd: () => number } {
  const answers = [first];
  const state = {
    reads: 0,
    fd: () => {
      state.reads++;
      return answers.shift() ?? second;
    },
  };
  return state;
}

describe.each(CALLS)('hostile arguments: %s', (_name, call) => {
  const SHAPES: readonly [string, (read: () => number) => { readonly fd: number }][] = [
    [
      'a getter',
      (read) => ({
        get fd() {
          return read();
        },
      }),
    ],
    [
      'a proxy',
      (read) =>
        new Proxy({ fd: 0 }, { get: (target, key) => (key === 'fd' ? read() : Reflect.get(target, key)) }),
    ],
  ];

  it.each(SHAPES)('reads fd of %s once, so only the first answer counts', (_shape, make) => {
    const [first, second] = [ownDescriptor({ v6Only: false }), ownDescriptor({ v6Only: false })];
    const answers = answering(first, second);
    call(make(answers.fd));
    expect(answers.reads).toBe(1);
    expect(getV6Only(second)).toBe(false);
  });

  it.each(SHAPES)('of %s an open second descriptor does not help a closed first one', (_shape, make) => {
    const answers = answering(2 ** 31 - 1, ownDescriptor());
    expect(thrown(() => call(make(answers.fd)))).toMatchObject({ code: 'EBADF', reason: 'closed' });
    expect(answers.reads).toBe(1);
  });

  it('reads the handle of a server once', () => {
    const [first, second] = [ownDescriptor({ v6Only: false }), ownDescriptor({ v6Only: false })];
    const answers = answering(first, second);
    const server = newServer();
    const handle = Object.defineProperty({ close() {} }, 'fd', { get: answers.fd });
    Object.assign(server, { _handle: handle });
    loose(call, server);
    expect(answers.reads).toBe(1);
    expect(getV6Only(second)).toBe(false);
    Object.assign(server, { _handle: null });
  });

  it('calls a method fd itself, not what it carries as call', () => {
    const fd = ownDescriptor();
    const method = Object.assign(() => fd, { call: () => -1, apply: 3 });
    expect(thrown(() => loose(call, { fd: method }))).toBeUndefined();
  });

  it.each([1.5, 2 ** 32 + 3])('takes no descriptor %d from what looks like a socket', (fd) => {
    const socket: object = Object.create(net.Socket.prototype);
    Object.assign(socket, { _handle: { fd }, connecting: false });
    const error = thrown(() => loose(call, Object.defineProperty(socket, 'destroyed', { value: false })));
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE', name: 'RangeError' });
  });
});

describe('hostile arguments: an argument that cannot be shown', () => {
  const ODD: readonly [string, unknown][] = [
    ['a function named by a symbol', Object.defineProperty(() => {}, 'name', { value: Symbol('name') })],
    ['only the prototype of an AbortSignal', Object.create(AbortSignal.prototype)],
    [
      'an object whose own inspection throws',
      {
        [Symbol.for('nodejs.util.inspect.custom')]() {
          throw new Error('no');
        },
      },
    ],
  ];

  it.each(ODD)('%s: the error is that of the argument', async (_what, value) => {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    expect(thrown(() => loose(setV6Only, value))).toMatchObject(expected);
    expect(thrown(() => loose(rejectIPv4Mapped, value))).toMatchObject(expected);
    expect(await rejection(loose(listen, value) as Promise<unknown>)).toMatchObject(expected);
    expect(await rejection(loose(bindUdp, { signal: value }) as Promise<unknown>)).toMatchObject(expected);
  });

  it('shows no more than a line of a large one', async () => {
    const error = await rejection(loose(bindUdp, { stack: 'x'.repeat(100_000) }) as Promise<unknown>);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    expect(String(error).length).toBeLessThan(300);
  });
});

describe('hostile arguments: hosts', () => {
  const WRONG: readonly [string, unknown][] = [
    ['a hole', Object.assign(new Array(2), { 1: '::1' })],
    ['an array with a map of its own', Object.assign([3], { map: () => ['::1'] })],
    ['an array whose species is no array', Object.assign([3], { constructor: { [Symbol.species]: Object } })],
  ];

  it.each(WRONG)('%s is a wrong type', async (_what, host) => {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    expect(await rejection(loose(listen, newServer(), { host }) as Promise<unknown>)).toMatchObject(expected);
    expect(await rejection(loose(bindUdp, { host }) as Promise<unknown>)).toMatchObject(expected);
  });
});

it('hostile arguments: reads each option once', async () => {
  const twice: PropertyKey[] = [];
  const watched = <T extends object>(options: T): T => {
    const reads = new Set<PropertyKey>();
    return new Proxy(options, {
      get(target, key) {
        if (reads.has(key)) twice.push(key);
        reads.add(key);
        return Reflect.get(target, key);
      },
    });
  };
  await (await bindUdp(watched({ port: 0, host: '::1' }))).close();
  await (await listen(newServer(), watched({ port: 0, host: '::1' }))).close();
  await listSockets(watched({ port: 1 }), watched({ processes: false }));
  expect(twice).toEqual([]);
});

describe('hostile arguments: a frozen server', () => {
  it('is refused by what has to change it', async () => {
    const frozen = Object.freeze(newServer());
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    expect(thrown(() => setV6Only(frozen, true))).toMatchObject(expected);
    expect(thrown(() => getV6Only(frozen))).toMatchObject({ reason: 'not-open-yet' });
    expect(await rejection(listen(frozen, { port: 0 }))).toMatchObject(expected);
  });

  it('is not taken for guarded the second time', () => {
    const frozen = Object.freeze(newServer());
    for (const _time of [1, 2]) {
      expect(thrown(() => rejectIPv4Mapped(frozen))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    }
  });
});

it('hostile arguments: a proxy that keeps its methods is refused, before anything is opened', async () => {
  const proxy = () => new Proxy(net.createServer(), { defineProperty: () => true });
  expect(thrown(() => setV6Only(proxy()))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  await expect(listen(proxy(), { port: 0 })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
});

describe('peerAddress', () => {
  it.each([3, '::1', () => {}])('%s is a wrong type', (value) => {
    expect(thrown(() => loose(peerAddress, value))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  it.each([
    ['a number', 3, 80],
    ['garbage', 'nobody', 80],
    ['a port as text', '::1', '80'],
  ])('has no answer for %s as an address', (_what, remoteAddress, remotePort) => {
    expect(loose(peerAddress, { destroyed: false, remoteAddress, remotePort })).toBeNull();
  });
});

it('hostile arguments: does not take what only answers like a text for an address', () => {
  expect(isIPv4Mapped(new String('::ffff:127.0.0.1'))).toBe(false);
  expect(isIPv4Mapped({ toString: () => '::ffff:127.0.0.1' })).toBe(false);
});
