/** `port`: several, of which the first that is free on all addresses is taken. */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { listeners, rejection } from '../harness/peers';
import { addressOf, listening, newServer } from '../harness/servers';

expectNoLeaks();

/** A port that is taken for IPv4 only. */
async function taken(): Promise<number> {
  const server = newServer();
  await listening(server, 0, '0.0.0.0');
  return addressOf(server).port;
}

const SPLIT = ['[::] v6only:1', '0.0.0.0'];

describe('listen(): several ports', () => {
  it.each([
    ['an array', (ports: number[]) => ports],
    ['a Set', (ports: number[]) => new Set(ports)],
    ['a generator', (ports: number[]) => ports.values()],
  ])('%s: the first that is free', async (_name, iterable) => {
    const [first, second] = [await taken(), await taken()];
    const server = newServer();
    const { port } = await listen(server, { port: iterable([first, second, 0]) });
    expect([first, second]).not.toContain(port);
    expect(listeners(port)).toEqual(SPLIT);
    expect(listeners(first)).toEqual(['0.0.0.0']);
  });

  it('an iterator is asked for no more than is needed, and told so', async () => {
    const first = await taken();
    const seen: (number | string)[] = [];
    function* ports() {
      try {
        for (const port of [first, 0, 1]) {
          seen.push(port);
          yield port;
        }
      } finally {
        seen.push('returned');
      }
    }
    await listen(newServer(), { port: ports() });
    expect(seen).toEqual([first, 0, 'returned']);
  });

  it('the last error says how many were tried', async () => {
    const ports = [await taken(), await taken()];
    const server = newServer();
    const error = await rejection(listen(server, { port: ports }));
    expect(error).toMatchObject({ code: 'EADDRINUSE', port: ports[1], reason: 'bind-failed' });
    expect(error.message).toContain('none of 2 ports was free');
    expect(server.listening).toBe(false);
    expect((await listen(server, {})).sockets).toHaveLength(2);
  });

  it('only EADDRINUSE goes on to the next', async () => {
    const error = await rejection(listen(newServer(), { port: [0, 0], host: '192.0.2.1' }));
    expect(error).toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(error.message).not.toContain('ports was free');
  });

  it('a port that an iterator gives later is looked at then', async () => {
    const first = await taken();
    const error = await rejection(listen(newServer(), { port: new Set([first, 65536]) }));
    expect(error).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
    const failing = {
      *[Symbol.iterator]() {
        yield first;
        throw new Error('no more');
      },
    };
    expect((await rejection(listen(newServer(), { port: failing }))).message).toBe('no more');
  });

  it('EADDRINUSE names the program that has the port', async () => {
    const error = await rejection(listen(newServer(), { port: await taken() }));
    expect(error.message).toContain('(IPv4, this process)');
  });

  it("a rejection has the caller's frame", async () => {
    const port = await taken();
    const error = await rejection(
      (async function callsListen() {
        return listen(newServer(), { port });
      })(),
    );
    expect(error.stack).toContain('callsListen');
  });
});

it('listen(): a function as third argument is an error', async () => {
  const third = (() => {}) as never;
  expect(await rejection(listen(newServer(), {}, third))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
});
