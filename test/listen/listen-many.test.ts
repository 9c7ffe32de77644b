/** Many listeners at once, and one many times. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listen } from '../../src/index';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { listeners } from '../harness/peers';
import { newServer } from '../harness/servers';

expectNoLeaks();

it('listen(): 500 split listeners at once all get a pair', async () => {
  const servers = Array.from({ length: 500 }, newServer);
  const all = await Promise.all(servers.map((server) => listen(server, {})));
  const ports = new Set(all.map(({ port }) => port));
  expect(ports.size).toBe(500);
  for (const { sockets, port } of all) {
    expect(sockets.map((socket) => [socket.family, socket.port])).toEqual([
      ['IPv6', port],
      ['IPv4', port],
    ]);
  }
  expect(socketsOfThisTest()).toHaveLength(1000);
  expect(listeners(all[250]?.port ?? 0)).toEqual(['[::] v6only:1', '0.0.0.0']);
  await Promise.all(all.map(({ close }) => close()));
  expect(socketsOfThisTest()).toEqual([]);
});

it('listen(): a port that is given back can be had again at once, a hundred times', async () => {
  const server = newServer();
  let { port, close } = await listen(server, {});
  for (let i = 0; i < 100; i++) {
    await close();
    ({ port, close } = await listen(server, { port }));
  }
  expect(server.listenerCount('close')).toBe(1);
  expect(socketsOfThisTest()).toHaveLength(2);
});

it('listen(): beside an unrelated dual-stack server on another port', async () => {
  const other = closing(newServer()).listen(0);
  await sleep(10);
  const { port } = await listen(newServer(), {});
  expect(listeners(port)).toHaveLength(2);
  expect(other.listening).toBe(true);
});
