/** What was given to createServer reaches the connections of both sockets. */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { closing, expectNoLeaks } from '../harness/leaks';
import { accept, connected, counted, HOSTS, within } from '../harness/peers';
import { ssRows } from '../harness/ss.cjs';

expectNoLeaks();

const quiet = (socket: net.Socket) => void socket.on('error', () => undefined);

describe.each(HOSTS)('listen(): options of createServer, for %s', (host) => {
  async function socketOf(options: net.ServerOpts & { highWaterMark?: number }) {
    const server = closing(net.createServer(options, quiet));
    const { port } = await listen(server, {});
    return { server, ...(await accept(server, host, port)) };
  }

  it('allowHalfOpen', async () => {
    for (const allowHalfOpen of [true, false]) {
      const { client, socket } = await socketOf({ allowHalfOpen });
      const finished = within(
        once(socket, 'finish').then(() => 'finished'),
        100,
      );
      socket.resume();
      client.end();
      await once(socket, 'end');
      expect(await finished).toBe(allowHalfOpen ? 'never' : 'finished');
      client.destroy();
      socket.destroy();
    }
  });

  it('pauseOnConnect', async () => {
    const { client, socket } = await socketOf({ pauseOnConnect: true });
    const data = once(socket, 'data');
    client.write('x');
    expect([socket.isPaused(), await within(data, 60)]).toEqual([true, 'never']);
    socket.resume();
    expect(String((await data)[0])).toBe('x');
  });

  it('noDelay, keepAlive and keepAliveInitialDelay, in the kernel', async () => {
    const { client } = await socketOf({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 77_000 });
    const [row] = ssRows({ peerPort: client.localPort, all: true });
    expect(row?.text).toMatch(/timer:\(keepalive,(1min1[0-9]|7[0-9]sec)/);
  });

  it('highWaterMark, where this Node has it', async () => {
    const stock = closing(net.createServer({ highWaterMark: 1234 } as net.ServerOpts, quiet)).listen(0, host);
    await once(stock, 'listening');
    const address = stock.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const expected = (await accept(stock, host, port)).socket;
    const { socket } = await socketOf({ highWaterMark: 1234 });
    expect([socket.readableHighWaterMark, socket.writableHighWaterMark]).toEqual([
      expected.readableHighWaterMark,
      expected.writableHighWaterMark,
    ]);
  });

  it('blockList, where this Node has it', async (ctx) => {
    const blockList = new net.BlockList();
    blockList.addAddress(host, host === '::1' ? 'ipv6' : 'ipv4');
    const server = closing(net.createServer({ blockList } as net.ServerOpts, quiet));
    if (Reflect.get(server, 'blockList') === undefined)
      return ctx.skip('this Node has no blockList of servers');
    const { port } = await listen(server, {});
    const events = counted(server, 'connection');
    const blocked = await connected(host, port);
    blocked.resume();
    if (!blocked.closed) await once(blocked, 'close');
    expect(events).toEqual({ connection: 0 });
    await accept(server, host === '::1' ? '127.0.0.1' : '::1', port);
    expect(events).toEqual({ connection: 1 });
  });
});
