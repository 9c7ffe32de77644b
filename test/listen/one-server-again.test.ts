/** A split server that is closed while an IPv4 connection lives on, and listens in another way. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../../src/index';
import { closing, expectNoLeaks } from '../harness/leaks';
import { accept, counted } from '../harness/peers';
import { addressOf, listening } from '../harness/servers';
import { pause } from '../harness/sockets';

expectNoLeaks();

const count = (server: net.Server) =>
  new Promise<number>((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n))));

async function closedWithConnection() {
  const server = closing(net.createServer((socket) => void socket.on('error', () => undefined)));
  await listen(server, {});
  const { socket } = await accept(server, '127.0.0.1', addressOf(server).port);
  const events = counted(server, 'close', 'error');
  server.close();
  await pause(10);
  return { server, socket, events };
}

it.each([{ stack: 'ipv6' }, { host: '127.0.0.1' }, { host: '::1' }] as const)(
  "with %j: the old connection counts, and 'close' waits for it",
  async (options) => {
    const { server, socket, events } = await closedWithConnection();
    await listen(server, options);
    expect(await count(server)).toBe(1);
    server.close();
    await pause(20);
    expect(events).toEqual({ close: 0, error: 0 });
    socket.destroy();
    await once(server, 'close');
    await pause(10);
    expect(events).toEqual({ close: 1, error: 0 });
  },
);

it("by Node's own listen: the end of the old connection is no 'close' of the new listen", async () => {
  const { server, socket, events } = await closedWithConnection();
  await listening(server, { port: 0, host: '127.0.0.1' });
  socket.destroy();
  await pause(20);
  expect(events).toEqual({ close: 0, error: 0 });
  server.close();
  await once(server, 'close');
  expect(events).toEqual({ close: 1, error: 0 });
});

it('after a failed listen the end of the old connection is the one close', async () => {
  const { server, socket, events } = await closedWithConnection();
  const holder = await listening(closing(net.createServer()), { port: 0, host: '127.0.0.1' });
  const failed = listen(server, { port: addressOf(holder).port });
  await expect(failed).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await pause(10);
  expect(events).toEqual({ close: 0, error: 0 });
  socket.destroy();
  await once(server, 'close');
  await pause(10);
  expect(events).toEqual({ close: 1, error: 0 });
});
