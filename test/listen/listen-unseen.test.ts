/** listen() where this process cannot read the socket: a worker under round-robin, elsewhere than on Linux. */
import type { Server } from 'node:net';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { listen, listeningSockets, type SocketRow } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { rejection } from '../harness/peers';
import { newServer } from '../harness/servers';

const system = vi.hoisted(() => ({ v6Only: null as boolean | null, fails: false, asked: 0 }));

vi.mock('../../src/socket/verify', async (original) => {
  const actual = await original<typeof import('../../src/socket/verify')>();
  const unseen = (server: Server): unknown => {
    const socket = actual.readSocket(server);
    return socket && { ...socket, v6Only: null };
  };
  return { ...actual, verifySocket: unseen, readSocket: unseen };
});
vi.mock('../../src/machine/list-sockets', () => ({
  listSockets: async ({ port }: { port: number }): Promise<Partial<SocketRow>[]> => {
    system.asked++;
    if (system.fails) throw new Error('the system cannot be asked');
    return [{ family: 'IPv6', local: { address: '::', port }, v6Only: system.v6Only }];
  },
}));

expectNoLeaks();

beforeEach(() => {
  Object.assign(system, { v6Only: null, fails: false, asked: 0 });
});

describe('listen(): a socket that is not visible here is asked of the system', () => {
  it('as it was asked for', async () => {
    system.v6Only = true;
    const { sockets } = await listen(newServer(), { stack: 'ipv6' });
    expect([sockets.map(({ v6Only }) => v6Only), system.asked]).toEqual([[true], 1]);
  });

  it('another value is a mismatch, and nothing is left open', async () => {
    system.v6Only = false;
    const server = newServer();
    const error = await rejection(listen(server, { stack: 'ipv6' }));
    expect(error).toMatchObject({ code: 'EINVAL', reason: 'mismatch', syscall: 'listen' });
    expect([server.listening, listeningSockets(server)]).toEqual([false, []]);
  });

  it.each([true, false])('null where that cannot tell (it fails: %s)', async (fails) => {
    system.fails = fails;
    const server = newServer();
    const { sockets } = await listen(server, { stack: 'ipv6' });
    expect(sockets.map(({ v6Only }) => v6Only)).toEqual([null]);
    expect(listeningSockets(server).map(({ v6Only }) => v6Only)).toEqual([null]);
  });
});
