/** udp6 sockets after `setV6Only`: whoever binds first, the kernel has the value; until then nothing is there. */
import type dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, setV6Only } from '../../src/index';
import { arrivesFrom, BINDERS, bindBy, bindSync, hasBindSync, newSocket, portOf } from '../harness/datagrams';
import { witness, witnessAll } from '../harness/inherited';
import { descriptorsOfThisTest, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { fieldsOf } from '../harness/servers';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const VALUES = [true, false];

describe.each(VALUES)('setV6Only(udp6, %s)', (value) => {
  describe.each(BINDERS)('first bound by %s', (_name, binder) => {
    it('the kernel has the value, and another program reads it', async () => {
      const socket = setV6Only(newSocket(), value);
      const { port = 0 } = await bindBy(socket, binder);
      expect(port).toBeGreaterThan(0);
      const [fd = -1, ...others] = descriptorsOfThisTest();
      expect(others).toEqual([]);
      expect(witness(fd)).toMatchObject({ family: 'IPv6', type: 'udp', v6only: Number(value) });
      expect([getV6Only(socket), describeSocket(socket).v6Only]).toEqual([value, value]);
    });

    it.each([{}, { reuseAddr: true }])(
      'SO_REUSEADDR and SO_REUSEPORT end as on a stock socket (%j)',
      async (options) => {
        const fds: number[] = [];
        const threw: unknown[] = [];
        for (const socket of [newSocket(options), setV6Only(newSocket(options), value)]) {
          threw.push((await bindBy(socket, binder)).threw);
          fds.push(...descriptorsOfThisTest().filter((fd) => !fds.includes(fd)));
        }
        const [stock, ours] = witnessAll(fds);
        expect(ours).toEqual({ ...stock, v6only: Number(value) });
        expect(threw[1]).toBe(threw[0]);
      },
    );
  });

  it.each([undefined, '::', '0::0', '::0.0.0.0'])(
    'bound to %s it lets in what the value says',
    async (address) => {
      const socket = setV6Only(newSocket(), value);
      await bindBy(socket, (s) => s.bind(0, address));
      expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
      expect(await arrivesFrom(socket, '::1')).toBe('::1');
      expect(await arrivesFrom(socket, '127.0.0.1')).toBe(value ? null : '::ffff:127.0.0.1');
      expect(describeSocket(socket).accepts).toEqual(value ? ['IPv6'] : ['IPv6', 'IPv4']);
    },
  );

  it('bound to ::1', async () => {
    const socket = setV6Only(newSocket(), value);
    await bindBy(socket, (s) => s.bind(0, '::1'));
    expect(socket.address().address).toBe('::1');
    expect([await arrivesFrom(socket, '::1'), await arrivesFrom(socket, '127.0.0.1')]).toEqual(['::1', null]);
  });

  it('has the value before the listeners of listening run', async () => {
    const socket = setV6Only(newSocket(), value);
    const seen = new Promise((resolve) =>
      socket.once('listening', () => resolve(ssV6Only(portOf(socket) ?? 0, 'udp'))),
    );
    socket.bind(0);
    expect(await seen).toBe(Number(value));
  });

  it('the last of several calls counts, also while the bind is under way', async () => {
    const socket = setV6Only(setV6Only(newSocket(), value), !value);
    socket.bind(0);
    setV6Only(socket, value);
    await outcome(socket);
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
  });

  it('called first while the bind is under way', async () => {
    const socket = newSocket();
    socket.bind(0, 'localhost');
    expect(portOf(socket)).toBeUndefined();
    setV6Only(socket, value);
    const { events, error } = await outcome(socket);
    if (events[0] === 'error') expect(error?.code).toBe('ENOTFOUND');
    else expect(portOf(socket)).toBeGreaterThan(0);
  });

  it('a bound socket takes its own value only', async () => {
    const socket = setV6Only(newSocket(), value);
    await bindBy(socket, (s) => s.bind(0));
    expect(setV6Only(socket, value)).toBe(socket);
    expect(() => setV6Only(socket, !value)).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        reason: 'already-bound',
        address: '::',
        port: portOf(socket),
      }),
    );
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
  });

  it('an IPv4 socket fits beside it, or not, as the kernel has it', async () => {
    const socket = setV6Only(newSocket(), value);
    await bindBy(socket, (s) => s.bind(0));
    const four = newSocket({ type: 'udp4' });
    four.bind(portOf(socket));
    const { events, error } = await outcome(four);
    expect([events, error?.code]).toEqual(value ? [['listening'], undefined] : [['error'], 'EADDRINUSE']);
  });

  it('two programs do not share the port unless both ask for it', async () => {
    const first = setV6Only(newSocket(), value);
    await bindBy(first, (s) => s.bind(0));
    for (const reuseAddr of [false, true]) {
      const second = setV6Only(newSocket({ reuseAddr }), value);
      second.bind(portOf(first));
      const { error } = await outcome(second);
      expect(error).toMatchObject({ code: 'EADDRINUSE', reason: 'bind-failed', syscall: 'bind' });
    }
    const sharing = setV6Only(newSocket({ reuseAddr: true }), value);
    await bindBy(sharing, (s) => s.bind(0));
    const third = setV6Only(newSocket({ reuseAddr: true }), value);
    third.bind(portOf(sharing));
    expect((await outcome(third)).events).toEqual(['listening']);
  });

  it.each([
    ['EADDRINUSE', (s: dgram.Socket, port: number) => s.bind(port)],
    ['EADDRINUSE', (s: dgram.Socket, port: number) => s.bind(port, '::1')],
    ['EADDRNOTAVAIL', (s: dgram.Socket) => s.bind(0, '2001:db8::1')],
    ['EINVAL', (s: dgram.Socket) => s.bind(0, '127.0.0.1')],
  ])('%s has the fields of a stock socket, and it can be bound again', async (code, bind) => {
    const holder = newSocket();
    await bindBy(holder, (s) => s.bind(0));
    const run = async (socket: dgram.Socket) => {
      bind(socket, portOf(holder) ?? 0);
      const { events, error } = await outcome(socket);
      // What is said of the socket in the way is in datagram-in-use.test.ts.
      return { events, fields: fieldsOf(error), message: error?.message.replace(/ \(in the way.*\)$/, '') };
    };
    const socket = setV6Only(newSocket(), value);
    const ours = await run(socket);
    expect(ours).toEqual(await run(newSocket()));
    expect(ours.fields.code).toBe(code);
    socket.bind(0);
    await outcome(socket);
    expect(ssV6Only(portOf(socket) ?? 0, 'udp')).toBe(Number(value));
  });

  it('bindSync throws what a stock socket throws, with a reason', async (ctx) => {
    if (!hasBindSync) return ctx.skip('this Node has no bindSync of udp sockets');
    const holder = newSocket();
    await bindBy(holder, (s) => s.bind(0));
    const fail = (socket: dgram.Socket) => {
      try {
        return bindSync(socket, { port: portOf(holder) });
      } catch (error) {
        return error;
      }
    };
    const error = fail(setV6Only(newSocket(), value));
    expect(fieldsOf(error)).toEqual(fieldsOf(fail(newSocket())));
    expect(error).toMatchObject({ code: 'EADDRINUSE', reason: 'bind-failed' });
  });

  it('does not adopt the handle of another socket that has the other value', async () => {
    const other = newSocket();
    await bindBy(setV6Only(other, !value), (s) => s.bind(0));
    const symbol = Object.getOwnPropertySymbols(other).find((s) => s.description === 'state symbol');
    const { handle } = Reflect.get(other, symbol ?? '');
    const socket = setV6Only(newSocket(), value);
    const ended = new Promise((resolve) => {
      socket.once('error', resolve).once('listening', () => resolve(getV6Only(socket)));
    });
    try {
      Reflect.apply(socket.bind, socket, [handle]);
    } catch (error) {
      return expect(error).toHaveProperty('reason');
    }
    expect(await ended).not.toBe(!value);
  });
});

it('setV6Only(): leaves other sockets alone', async () => {
  setV6Only(newSocket(), true);
  const stock = newSocket();
  await bindBy(stock, (s) => s.bind(0));
  const [fd = -1] = descriptorsOfThisTest();
  const fresh = newSocket();
  await bindBy(fresh, (s) => s.bind(0));
  expect(witness(fd).v6only).toBe(witness(descriptorsOfThisTest()[1] ?? -1).v6only);
  expect(socketsOfThisTest()).toHaveLength(2);
});
