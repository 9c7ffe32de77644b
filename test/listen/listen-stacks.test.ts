/** What each stack opens, for every kind of server: by `ss`, by clients of both families, by the server itself. */
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { getV6Only, listen, platformDefaults, type Stack } from '../../src/index';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { connected, counted, HOSTS, type Host, listeners, within } from '../harness/peers';
import { addressOf, KINDS } from '../harness/servers';
import { tryConnect } from '../harness/sockets';
import { ssRows } from '../harness/ss.cjs';

expectNoLeaks();

const byDefault = platformDefaults().v6Only === true;

interface Opened {
  ss: string[];
  sockets: { family: string; address: string; v6Only: boolean | null }[];
  /** How an IPv4 client appears; null where it is refused. */
  ipv4: string | null;
}

const ONLY_IPV6 = { family: 'IPv6', address: '::', v6Only: true };
const IPV4 = { family: 'IPv4', address: '0.0.0.0', v6Only: null };
const DUAL: Opened = {
  ss: ['* v6only:0'],
  sockets: [{ ...ONLY_IPV6, v6Only: false }],
  ipv4: '::ffff:127.0.0.1',
};
const IPV6: Opened = { ss: ['[::] v6only:1'], sockets: [ONLY_IPV6], ipv4: null };
const EXPECTED: Readonly<Record<Stack, Opened>> = {
  split: { ss: ['[::] v6only:1', '0.0.0.0'], sockets: [ONLY_IPV6, IPV4], ipv4: '127.0.0.1' },
  ipv6: IPV6,
  dual: DUAL,
  system: byDefault ? IPV6 : DUAL,
};
const STACKS: readonly Stack[] = ['split', 'ipv6', 'dual', 'system'];

async function peerSeen(server: net.Server, host: Host, port: number): Promise<string | undefined> {
  const accepted = new Promise<string | undefined>((resolve) => {
    server.prependOnceListener('connection', (socket: net.Socket) => {
      expect(Reflect.get(socket, 'server')).toBe(server);
      resolve(socket.remoteAddress);
    });
  });
  const client = await connected(host, port);
  const address = await accepted;
  client.destroy();
  return address;
}

describe.each(KINDS)('listen(): %s server', (_kind, make) => {
  it.each(STACKS)('%s', async (stack) => {
    const expected = EXPECTED[stack];
    const server = closing(make());
    server.on('tlsClientError', () => undefined).on('sessionError', () => undefined);
    const events = counted(server, 'listening', 'error', 'close');
    const listening = await listen(server, { stack });
    const { port, sockets, missing } = listening;
    expect({ port, missing, events }).toEqual({
      port: addressOf(server).port,
      missing: [],
      events: { listening: 1, error: 0, close: 0 },
    });
    expect(listeners(port)).toEqual(expected.ss);
    expect(sockets).toEqual(expected.sockets.map((one) => ({ ...one, port })));
    expect(addressOf(server)).toMatchObject({ address: '::', family: 'IPv6' });
    expect(getV6Only(server)).toBe(expected.sockets[0]?.v6Only);
    expect(await peerSeen(server, '::1', port)).toBe('::1');
    if (expected.ipv4 === null) expect(await tryConnect('127.0.0.1', port)).toBe('ECONNREFUSED');
    else expect(await peerSeen(server, '127.0.0.1', port)).toBe(expected.ipv4);
    await listening.close();
    expect(events).toEqual({ listening: 1, error: 0, close: 1 });
    expect([listeners(port), socketsOfThisTest()]).toEqual([[], []]);
  });
});

it('listen(): split is the default', async () => {
  const server = closing(net.createServer());
  const { port } = await listen(server, {});
  expect(listeners(port)).toEqual(EXPECTED.split.ss);
});

it("listen(): 'listening' comes when both accept, and the promise resolves after it", async () => {
  const server = closing(net.createServer((socket) => socket.destroy()));
  const order: string[] = [];
  let reached: Promise<string[]> | undefined;
  server.once('listening', () => {
    order.push('listening');
    const { port } = addressOf(server);
    expect(listeners(port)).toEqual(EXPECTED.split.ss);
    reached = Promise.all(HOSTS.map((host) => tryConnect(host, port)));
  });
  await listen(server, {}).then(() => order.push('resolved'));
  expect(order).toEqual(['listening', 'resolved']);
  expect(server.listening).toBe(true);
  expect(await reached).toEqual(['connected', 'connected']);
});

it('listen(): an IPv4 host alone: the server is that one', async () => {
  const server = closing(net.createServer((socket) => socket.destroy()));
  const { port, sockets } = await listen(server, { host: '127.0.0.1' });
  expect(sockets).toEqual([{ family: 'IPv4', address: '127.0.0.1', port, v6Only: null }]);
  expect(addressOf(server)).toEqual({ address: '127.0.0.1', family: 'IPv4', port });
  expect(await Promise.all(HOSTS.map((host) => tryConnect(host, port)))).toEqual([
    'ECONNREFUSED',
    'connected',
  ]);
});

it('listen(): the backlog is that of each socket', async () => {
  const server = closing(net.createServer());
  const { port } = await listen(server, { backlog: 7 });
  expect(ssRows({ port }).map(({ sendQueue }) => sendQueue)).toEqual([7, 7]);
});

it('listen(): reusePort: two split servers share a port where this Node has it', async (ctx) => {
  const first = closing(net.createServer());
  const { port } = await listen(first, { reusePort: true });
  const second = closing(net.createServer());
  const shared = await within(
    listen(second, { port, reusePort: true }).then(
      () => 'shared',
      (error: NodeJS.ErrnoException) => error.code,
    ),
  );
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 12)) return ctx.skip('this Node has no reusePort');
  expect(shared).toBe('shared');
  expect(listeners(port)).toHaveLength(4);
});
