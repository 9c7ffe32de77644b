/** `bindUdp`: both families on one port, answers from the family that asked, all or nothing. */
import type dgram from 'node:dgram';
import { once } from 'node:events';
import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type BindUdpOptions, bindUdp, getV6Only, type OnMessage, platformDefaults } from '../../src/index';
import { connectedTo, newSocket, portOf } from '../harness/datagrams';
import { closing, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { run } from '../harness/node-child';
import { HOSTS, type Host, listeners, rejection, within } from '../harness/peers';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

async function bind(options: BindUdpOptions = {}, onMessage?: OnMessage) {
  return closing(await bindUdp(options, onMessage));
}

/** Sends from a fresh client and gives the first answer, from where it came; 'never' where none comes. */
async function ask(host: Host, port: number, text = 'ping'): Promise<string | 'never'> {
  const client = await connectedTo(port, host);
  // Rejects with the 'error' that says that nobody is there.
  const answer = once(client, 'message').catch(() => 'never' as const);
  client.send(text);
  const got = await within(answer);
  if (got === 'never') return got;
  const [message, rinfo] = got;
  return `${message} from ${rinfo.address} ${rinfo.port === port}`;
}

const echo: OnMessage = (message, { address, port }, socket) =>
  void socket.send(`${message} ${address}`, port, address);

const byDefault = platformDefaults().v6Only === true;
const ONLY = '[::] v6only:1';
const STACKS = {
  split: { ss: [ONLY, '0.0.0.0'], ipv4: 'ping 127.0.0.1 from 127.0.0.1 true' },
  ipv6: { ss: [ONLY], ipv4: 'never' },
  dual: { ss: ['* v6only:0'], ipv4: 'ping ::ffff:127.0.0.1 from 127.0.0.1 true' },
  system: byDefault
    ? { ss: [ONLY], ipv4: 'never' }
    : { ss: ['* v6only:0'], ipv4: 'ping ::ffff:127.0.0.1 from 127.0.0.1 true' },
} as const;

describe.each(Object.entries(STACKS))('bindUdp(): %s', (stack, { ss, ipv4 }) => {
  it('binds as it says, and answers from the family that asked', async () => {
    const binding = await bind({ stack: stack as 'split' }, echo);
    const { port, sockets, missing } = binding;
    expect(listeners(port, 'udp')).toEqual(ss);
    expect(missing).toEqual([]);
    expect(sockets.map((socket) => socket.address().family)).toEqual(
      stack === 'split' ? ['IPv6', 'IPv4'] : ['IPv6'],
    );
    expect(sockets.every((socket) => portOf(socket) === port)).toBe(true);
    expect(getV6Only(sockets[0] ?? newSocket())).toBe(ssV6Only(port, 'udp') === 1);
    expect(await ask('::1', port)).toBe('ping ::1 from ::1 true');
    expect(await ask('127.0.0.1', port)).toBe(ipv4);
  });
});

it('bindUdp(): a Python client of each family gets its answer', async () => {
  const { port } = await bind({}, echo);
  const code = `
import socket, sys
for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(3)
    s.connect((host, int(sys.argv[1]))); s.send(b'x'); print(s.recv(99).decode())`;
  const { stdout, stderr } = await run('python3', ['-c', code, String(port)]);
  expect([stdout, stderr]).toEqual(['x 127.0.0.1\nx ::1\n', '']);
});

it('bindUdp(): onMessage has the socket that it came in on, once for each datagram', async () => {
  const seen: [string, string, number][] = [];
  const binding = await bind({}, (message, { family }, socket) => {
    seen.push([String(message), family, binding.sockets.indexOf(socket)]);
  });
  for (const [i, host] of [...HOSTS, ...HOSTS].entries()) await ask(host, binding.port, String(i));
  expect(seen).toEqual([
    ['0', 'IPv6', 0],
    ['1', 'IPv4', 1],
    ['2', 'IPv6', 0],
    ['3', 'IPv4', 1],
  ]);
});

it('bindUdp(): without a callback the sockets are the users own', async () => {
  const { port, sockets } = await bind();
  expect(sockets.map((socket) => socket.eventNames().includes('message'))).toEqual([false, false]);
  for (const socket of sockets) socket.on('message', (m, r) => socket.send(m, r.port, r.address));
  for (const host of HOSTS) expect(await ask(host, port)).toContain(`from ${host}`);
});

const HELD: readonly [string, string, dgram.SocketType][] = [
  ['IPv4', '0.0.0.0', 'udp4'],
  ['IPv6', '::', 'udp6'],
];

describe.each(HELD)('bindUdp(): the port is taken on %s only', (_family, address, type) => {
  async function hold() {
    const holder = newSocket({ type, ipv6Only: type === 'udp6' });
    holder.bind(0, address);
    await once(holder, 'listening');
    return holder;
  }

  it('EADDRINUSE with its fields, and nothing left', async () => {
    const port = portOf(await hold()) ?? 0;
    const before = socketsOfThisTest();
    const error = await rejection(bindUdp({ port }));
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      errno: -98,
      syscall: 'bind',
      address,
      port,
      reason: 'bind-failed',
    });
    expect(socketsOfThisTest()).toEqual(before);
  });

  it('and given back: it can be bound', async () => {
    const holder = await hold();
    const port = portOf(holder) ?? 0;
    await rejection(bindUdp({ port }));
    holder.close();
    await once(holder, 'close');
    expect((await bind({ port })).sockets).toHaveLength(2);
  });
});

it('bindUdp(): reuseAddr lets two share a port, and without it they do not', async () => {
  const { port } = await bind({ reuseAddr: true });
  expect(await rejection(bindUdp({ port }))).toMatchObject({ code: 'EADDRINUSE' });
  await bind({ port, reuseAddr: true });
  expect(listeners(port, 'udp')).toEqual([ONLY, ONLY, '0.0.0.0', '0.0.0.0']);
  const other = await bind();
  const refused = await rejection(bindUdp({ port: other.port, reuseAddr: true }));
  expect(refused).toMatchObject({ code: 'EADDRINUSE' });
});

it('bindUdp(): multicast is left to the sockets', async () => {
  const { sockets } = await bind({ reuseAddr: true });
  const [ipv6, ipv4] = sockets;
  ipv6?.addMembership('ff12::1234', '::%lo');
  ipv4?.addMembership('239.1.2.3', '127.0.0.1');
});

it('bindUdp(): hosts: arrays, names, addresses of no interface, mapped ones', async () => {
  stubLookup('both.test', () => found('127.0.0.1', '::1'));
  for (const host of [['127.0.0.1', '::1', '0::1'], 'both.test']) {
    const { port } = await bind({ host });
    expect(listeners(port, 'udp')).toEqual(['[::1] v6only:1', '127.0.0.1']);
  }
  const absent = await rejection(bindUdp({ host: ['::1', '203.0.113.9'] }));
  expect(absent).toMatchObject({
    code: 'EADDRNOTAVAIL',
    syscall: 'bind',
    address: '203.0.113.9',
    reason: 'bind-failed',
  });
});

it.each([{ host: '::ffff:127.0.0.1' }, { host: '127.0.0.1', required: 'both' }] as const)(
  'bindUdp(): what is wrong with %j is an error of bind, not of listen',
  async (options) => {
    const error = await rejection(bindUdp(options));
    expect(error).toMatchObject({ syscall: 'bind', reason: expect.any(String) });
  },
);

describe('bindUdp(): several ports', () => {
  it('takes the first that is free on all addresses', async () => {
    const ipv4 = newSocket({ type: 'udp4' });
    ipv4.bind(0);
    await once(ipv4, 'listening');
    const taken = [(await bind()).port, portOf(ipv4) ?? 0];
    const { port } = await bind({ port: [...taken, 0] });
    expect(taken).not.toContain(port);
    expect(listeners(port, 'udp')).toEqual([ONLY, '0.0.0.0']);
  });

  it('the last error has how many were tried, and nothing is left', async () => {
    const { port } = await bind();
    const before = socketsOfThisTest();
    const error = await rejection(bindUdp({ port: [port, String(port)] }));
    expect(error).toMatchObject({ code: 'EADDRINUSE', port, reason: 'bind-failed' });
    expect(error.message).toContain('none of 2 ports was free');
    expect(socketsOfThisTest()).toEqual(before);
  });

  it('nothing but EADDRINUSE goes on', async () => {
    const asked: number[] = [];
    const ports = function* () {
      for (let port = 0; ; port++) {
        asked.push(port);
        yield port;
      }
    };
    expect(await rejection(bindUdp({ port: ports(), host: '203.0.113.9' }))).toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
    expect(asked).toEqual([0]);
  });

  it('an iterator is ended, and what it throws rejects', async () => {
    const { port } = await bind();
    const ended: string[] = [];
    const ports = function* (name: string, after: () => number) {
      try {
        yield port;
        yield after();
      } finally {
        ended.push(name);
      }
    };
    const wrong = () => {
      throw new Error('no more');
    };
    expect(await rejection(bindUdp({ port: ports('throws', wrong) }))).toMatchObject({ message: 'no more' });
    expect(await rejection(bindUdp({ port: ports('wrong', () => -1) }))).toMatchObject({
      code: 'ERR_SOCKET_BAD_PORT',
    });
    await bind({ port: ports('bound', () => 0) });
    await rejection(bindUdp({ port: ports('unused', wrong), host: '203.0.113.9' }));
    const lookup: LookupFunction = (_name, _options, callback) => callback(new Error('none'), '');
    await rejection(bindUdp({ port: ports('no address', wrong), host: 'name.test', lookup }));
    expect(ended).toEqual(['throws', 'wrong', 'bound', 'unused', 'no address']);
  });

  it('a signal ends an endless search', async () => {
    const { port } = await bind();
    const controller = new AbortController();
    let tried = 0;
    const ports = function* () {
      while (true) {
        if (++tried === 5) controller.abort();
        yield port;
      }
    };
    const error = await rejection(bindUdp({ port: ports(), signal: controller.signal }));
    expect([error.name, tried]).toEqual(['AbortError', 5]);
  });
});

describe('bindUdp(): hosts', () => {
  it.each(['::', '', '0::0'])('%j is the wildcard of every family', async (host) => {
    expect(listeners((await bind({ host })).port, 'udp')).toEqual([ONLY, '0.0.0.0']);
  });

  it("'localhost' is both loopback addresses, without a look-up", async () => {
    stubLookup('localhost', () => found('192.0.2.1'));
    const { port, missing } = await bind({ host: 'localhost' });
    expect(listeners(port, 'udp')).toEqual(['[::1] v6only:1', '127.0.0.1']);
    expect(missing).toEqual([]);
  });

  it('leaves an optional one out, and says so', async () => {
    const { port, missing } = await bind({ host: ['127.0.0.1', { host: '203.0.113.9', optional: true }] });
    expect(listeners(port, 'udp')).toEqual(['127.0.0.1']);
    expect(missing).toMatchObject([{ family: 'IPv4', address: '203.0.113.9', error: { syscall: 'bind' } }]);
  });

  it("'ipv6' opens no IPv4 socket for any host", async () => {
    stubLookup('both.test', () => found('127.0.0.1', '::1'));
    for (const host of ['both.test', 'localhost'])
      expect(listeners((await bind({ host, stack: 'ipv6' })).port, 'udp')).toEqual(['[::1] v6only:1']);
    const error = await rejection(bindUdp({ host: '127.0.0.1', stack: 'ipv6' }));
    expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', syscall: 'bind' });
  });
});
