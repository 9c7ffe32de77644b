/** A udp6 socket after `setV6Only` and before its bind, what refuses the call, and descriptors of the user's. */
import dgram from 'node:dgram';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, setV6Only } from '../../src/index';
import { BINDERS, bindBy, newSocket, portOf } from '../harness/datagrams';
import { closeDescriptor, openDescriptor, ownDescriptor } from '../harness/handles';
import { witness } from '../harness/inherited';
import { descriptorsOfThisTest, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { fieldsOf } from '../harness/servers';
import { outcome, pause } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';
import { thrown } from '../harness/thrown';

expectNoLeaks();

describe.each([true, false])('setV6Only(udp6, %s), before bind', (value) => {
  it('nothing is open, and the value is kept', () => {
    const socket = setV6Only(newSocket(), value);
    expect(socketsOfThisTest()).toEqual([]);
    expect(getV6Only(socket)).toBe(value);
    expect(describeSocket(socket)).toMatchObject({
      fd: null,
      type: 'udp',
      state: 'unbound',
      v6Only: value,
      accepts: [],
    });
  });

  it.each([
    ['address()', (s: dgram.Socket) => s.address()],
    ['remoteAddress()', (s: dgram.Socket) => s.remoteAddress()],
    ['setBroadcast()', (s: dgram.Socket) => s.setBroadcast(true)],
    ['setTTL()', (s: dgram.Socket) => s.setTTL(5)],
    ['setMulticastInterface()', (s: dgram.Socket) => s.setMulticastInterface('::%lo')],
    ['getRecvBufferSize()', (s: dgram.Socket) => s.getRecvBufferSize()],
    ['disconnect()', (s: dgram.Socket) => s.disconnect()],
  ])('%s does what it does on a stock socket', (_name, call) => {
    const ours = thrown(() => call(setV6Only(newSocket(), value)));
    const stock = thrown(() => call(newSocket()));
    expect(stock === undefined ? ours : fieldsOf(ours)).toEqual(
      stock === undefined ? undefined : fieldsOf(stock),
    );
    expect(socketsOfThisTest()).toEqual([]);
  });

  it('has no key that a stock socket lacks', () => {
    const shown = (socket: dgram.Socket) => {
      const all: string[] = [];
      for (const key in socket) all.push(key);
      return [
        Object.keys(socket),
        // Own properties that are hidden take their namesakes on the prototype out of for … in.
        all.filter((key) => !['bind', 'bindSync', 'emit'].includes(key)),
        Object.getOwnPropertySymbols({ ...socket }).length,
      ];
    };
    const socket = setV6Only(newSocket(), value);
    expect(shown(socket)).toEqual(shown(newSocket()));
    expect(socket.eventNames()).toEqual(newSocket().eventNames());
  });

  it('close() ends it, with one close event', async () => {
    const socket = setV6Only(newSocket(), value);
    socket.close();
    expect((await outcome(socket)).events).toEqual(['close']);
    expect(socketsOfThisTest()).toEqual([]);
    for (const call of [
      () => getV6Only(socket),
      () => setV6Only(socket, value),
      () => describeSocket(socket),
    ]) {
      expect(thrown(call)).toMatchObject({ code: 'EBADF', reason: 'closed' });
    }
  });

  it('close() right after bind leaves nothing', async () => {
    const socket = setV6Only(newSocket(), value);
    socket.bind(0, () => undefined);
    socket.close();
    await outcome(socket);
    expect(socketsOfThisTest()).toEqual([]);
  });

  it('dropped without close, it leaks nothing', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    for (let i = 0; i < 50; i++) setV6Only(dgram.createSocket('udp6'), value);
    for (let i = 0; i < 3; i++) {
      collect();
      await pause(5);
    }
    expect(socketsOfThisTest()).toEqual([]);
  });
});

describe('setV6Only(): what was said at createSocket', () => {
  it.each(BINDERS)('ipv6Only: true and true, first bound by %s', async (_name, binder) => {
    const socket = setV6Only(newSocket({ ipv6Only: true }), true);
    await bindBy(socket, binder);
    expect(witness(descriptorsOfThisTest()[0] ?? -1).v6only).toBe(1);
  });

  it.each([true, false])('ipv6Only: false and %s', async (value) => {
    const socket = setV6Only(newSocket({ ipv6Only: false }), value);
    await bindBy(socket, (s) => s.bind(0));
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
  });

  it('ipv6Only: true and false contradict each other, and nothing is kept', async () => {
    const socket = newSocket({ ipv6Only: true });
    expect(thrown(() => setV6Only(socket, false))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
    expect(thrown(() => getV6Only(socket))).toMatchObject({ code: 'EBADF', reason: 'not-open-yet' });
    await bindBy(socket, (s) => s.bind(0));
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(1);
    expect(thrown(() => setV6Only(socket, false))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });

  it.each(['unbound', 'bound'])('udp4, %s, is not-ipv6 for set and get, and described', async (state) => {
    const socket = newSocket({ type: 'udp4' });
    if (state === 'bound') await bindBy(socket, (s) => s.bind(0));
    const refusal = { code: 'ENOPROTOOPT', reason: 'not-ipv6' };
    expect(thrown(() => setV6Only(socket))).toMatchObject({ ...refusal, syscall: 'setsockopt' });
    expect(thrown(() => getV6Only(socket))).toMatchObject({ ...refusal, syscall: 'getsockopt' });
    if (state === 'bound')
      expect(describeSocket(socket)).toMatchObject({ family: 'IPv4', v6Only: null, accepts: ['IPv4'] });
  });

  it('a udp6 socket for which nothing was asked is not open yet', () => {
    for (const call of [getV6Only, describeSocket])
      expect(thrown(() => call(newSocket()))).toMatchObject({ code: 'EBADF', reason: 'not-open-yet' });
  });
});

describe.each([true, false])('setV6Only(): bind({ fd }) with %s', (value) => {
  it.each([true, false])('of a fresh socket with %s sets it', (preset) => {
    const socket = setV6Only(newSocket(), value);
    const fd = openDescriptor({ type: 'udp', v6Only: preset });
    socket.bind({ fd });
    expect(witness(fd).v6only).toBe(Number(value));
  });

  it('of a socket that is bound with the value', () => {
    const socket = setV6Only(newSocket(), value);
    const fd = openDescriptor({ type: 'udp', v6Only: value, address: '::' });
    socket.bind({ fd });
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
  });

  it('of a socket that is bound with the other value', () => {
    const fd = ownDescriptor({ type: 'udp', v6Only: !value, address: '::' });
    const error = thrown(() => setV6Only(newSocket(), value).bind({ fd }));
    expect(error).toMatchObject({ code: 'EINVAL', reason: 'already-bound' });
    expect(witness(fd).v6only).toBe(Number(!value));
  });

  it('of an IPv4 socket', () => {
    const fd = ownDescriptor({ type: 'udp', family: 'IPv4' });
    const error = thrown(() => setV6Only(newSocket(), value).bind({ fd }));
    expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6' });
  });

  it.each(['tcp', 'closed'])('of a %s descriptor throws what a stock socket throws', (kind) => {
    const fd = kind === 'tcp' ? ownDescriptor({ type: 'tcp' }) : openDescriptor({ type: 'udp' });
    if (kind === 'closed') closeDescriptor(fd);
    const stock = thrown(() => newSocket().bind({ fd }));
    expect(fieldsOf(thrown(() => setV6Only(newSocket(), value).bind({ fd })))).toEqual(fieldsOf(stock));
  });
});
