/** describeSocket in every state of a socket. */
import { describe, expect, it } from 'vitest';
import { describeSocket, setV6Only } from '../../src/index';
import { bindBy, newSocket } from '../harness/datagrams';
import { ownDescriptor, type RawSocket } from '../harness/handles';
import { expectNoLeaks } from '../harness/leaks';
import { addressOf, closed, listening, newServer } from '../harness/servers';

expectNoLeaks();

const BOTH = ['IPv6', 'IPv4'];
const PORT = expect.any(Number);

const BOUND: readonly [RawSocket, object][] = [
  [
    { address: '::', v6Only: true },
    { v6Only: true, accepts: ['IPv6'] },
  ],
  [
    { address: '::', v6Only: false },
    { v6Only: false, accepts: BOTH },
  ],
  [
    { address: '::1', v6Only: true },
    { v6Only: true, accepts: ['IPv6'] },
  ],
  [{ address: '::1', v6Only: false }, { accepts: ['IPv6'] }],
  [
    { address: '::ffff:127.0.0.1', v6Only: false },
    { v6Only: false, accepts: ['IPv4'] },
  ],
  [
    { address: '::ffff:0.0.0.0', v6Only: false },
    { v6Only: false, accepts: ['IPv4'] },
  ],
  [
    { address: '0.0.0.0', family: 'IPv4' },
    { family: 'IPv4', v6Only: null, accepts: ['IPv4'] },
  ],
  [
    { address: '127.0.0.1', family: 'IPv4' },
    { family: 'IPv4', v6Only: null, accepts: ['IPv4'] },
  ],
];

describe.each(['tcp', 'udp'] as const)('describeSocket(): a %s descriptor', (type) => {
  it.each([
    [{ v6Only: true }, { family: 'IPv6', v6Only: true }],
    [{ v6Only: false }, { family: 'IPv6', v6Only: false }],
    [{ family: 'IPv4' }, { family: 'IPv4', v6Only: null }],
  ] as const)('unbound, %j', (socket, expected) => {
    const fd = ownDescriptor({ type, ...socket });
    const rest = { fd, type, state: 'unbound', local: null, peer: null, accepts: [] };
    expect(describeSocket(fd)).toEqual({ ...rest, ...expected });
  });

  it.each(BOUND)('bound, %j', (socket, expected) => {
    const fd = ownDescriptor({ type, ...socket });
    expect(describeSocket(fd)).toEqual({
      fd,
      family: 'IPv6',
      type,
      state: 'bound',
      local: { address: socket.address, port: PORT },
      peer: null,
      v6Only: expect.any(Boolean),
      ...expected,
    });
    expect(describeSocket(fd).local?.port).toBeGreaterThan(0);
  });
});

describe.each([true, false])('describeSocket(): a server with %s', (value) => {
  const nothing = {
    fd: null,
    family: 'IPv6',
    type: 'tcp',
    state: 'unbound',
    local: null,
    peer: null,
    accepts: [],
  };

  it('before, while and after it listens', async () => {
    const server = setV6Only(newServer(), value);
    expect(describeSocket(server)).toEqual({ ...nothing, v6Only: value });
    await listening(server, 0);
    const { port } = addressOf(server);
    expect(describeSocket(server)).toEqual({
      fd: expect.any(Number),
      family: 'IPv6',
      type: 'tcp',
      state: 'listening',
      local: { address: '::', port },
      peer: null,
      v6Only: value,
      accepts: value ? ['IPv6'] : BOTH,
    });
    await closed(server);
    expect(describeSocket(server)).toEqual({ ...nothing, v6Only: value });
  });

  it('a udp6 socket before and after bind, and connected', async () => {
    const socket = setV6Only(newSocket(), value);
    expect(describeSocket(socket)).toEqual({ ...nothing, type: 'udp', v6Only: value });
    const { port = 0 } = await bindBy(socket, (s) => s.bind(0));
    expect(describeSocket(socket)).toMatchObject({
      type: 'udp',
      state: 'bound',
      local: { address: '::', port },
      peer: null,
      v6Only: value,
      accepts: value ? ['IPv6'] : BOTH,
    });
    await new Promise<void>((resolve) => socket.connect(9, '::1', resolve));
    expect(describeSocket(socket)).toMatchObject({
      state: 'connected',
      local: { address: '::1', port },
      peer: { address: '::1', port: 9 },
      accepts: ['IPv6'],
    });
  });
});
