import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeSocket, listSockets, type SocketRow } from '../../src/index';
import { TYPE } from '../../src/kernel/addon';
import { findListeners } from '../../src/machine/listeners';
import { packageRoot } from '../harness/node-child';
import { addressOf, closed, listening } from '../harness/servers';
import { notLinux, withReason } from '../harness/skips';
import { asSeen, type SeenSocket, seenBySs, useZoo } from '../harness/socket-zoo';

const LIST = JSON.stringify(packageRoot);

describe.skipIf(notLinux !== null)(withReason('listSockets on Linux', notLinux), () => {
  const zoo = useZoo();
  const { port } = zoo;
  const ofZoo = (rows: readonly SocketRow[]): SocketRow[] => {
    const ports = Object.values(zoo.ports);
    return rows.filter(({ local, peer }) => ports.includes(local.port) || ports.includes(peer.port));
  };
  const rowAt = async (name: string): Promise<SocketRow | undefined> =>
    (await listSockets({ port: port(name) })).find(({ peer }) => peer.port === 0);

  it('agrees with ss row by row', async () => {
    const portsOf = ({ local, peer }: SeenSocket) => [local, peer].map((text) => Number(text.split(' ')[1]));
    const ports = Object.values(zoo.ports);
    const sorted = (rows: SeenSocket[]) => rows.map((row) => JSON.stringify(row)).sort();
    const bySs = () =>
      sorted(
        [...seenBySs('IPv6'), ...seenBySs('IPv4')].filter((row) =>
          portsOf(row).some((one) => ports.includes(one)),
        ),
      );
    let [before, after]: string[][] = [];
    let listed: SeenSocket[] = [];
    // Others of this machine may come by one of these numbers: only what held still while it was listed is compared.
    for (let looks = 0; looks < 10 && (looks === 0 || !isDeepStrictEqual(before, after)); looks++) {
      before = bySs();
      listed = ofZoo(await listSockets()).map(asSeen);
      after = bySs();
    }
    expect(sorted(listed)).toEqual(after);
    const states = new Set(listed.map(({ state }) => state));
    for (const state of [
      'LISTEN',
      'ESTABLISHED',
      'TIME_WAIT',
      'FIN_WAIT_2',
      'CLOSE_WAIT',
      'SYN_SENT',
      'UNCONNECTED',
    ])
      expect(states).toContain(state);
  });

  const both = ['IPv6', 'IPv4'];
  it.each([
    ['dual', 'tcp46', 'IPv6', '::', false, both],
    ['only', 'tcp6', 'IPv6', '::', true, ['IPv6']],
    // Linux turns the option on when one IPv6 address is bound.
    ['loopback', 'tcp6', 'IPv6', '::1', true, ['IPv6']],
    ['mapped', 'tcp4', 'IPv6', '::ffff:127.0.0.1', false, ['IPv4']],
    ['ipv4', 'tcp4', 'IPv4', '0.0.0.0', null, ['IPv4']],
    ['udpDual', 'udp46', 'IPv6', '::', false, both],
    ['udpOnly', 'udp6', 'IPv6', '::', true, ['IPv6']],
    ['udpMapped', 'udp4', 'IPv6', '::ffff:127.0.0.1', false, ['IPv4']],
    ['udpIPv4', 'udp4', 'IPv4', '0.0.0.0', null, ['IPv4']],
  ])('says of %s what travels and who may come', async (name, protocol, family, address, v6Only, accepts) => {
    const isUdp = protocol.startsWith('udp');
    expect(await rowAt(name)).toEqual({
      protocol,
      family,
      state: isUdp ? 'UNCONNECTED' : 'LISTEN',
      local: { address, port: port(name) },
      peer: { address: family === 'IPv6' ? '::' : '0.0.0.0', port: 0 },
      v6Only,
      accepts,
      uid: process.getuid?.(),
      pid: zoo.pid,
      program: 'python3',
    });
  });

  it.each([
    ['ipv4OnDual', 'tcp4', 'IPv6', '::ffff:127.0.0.1'],
    ['mappedClient', 'tcp4', 'IPv6', '::ffff:127.0.0.1'],
    ['ipv6OnDual', 'tcp6', 'IPv6', '::1'],
    ['ipv6OnOnly', 'tcp6', 'IPv6', '::1'],
    ['mappedClientToIPv4', 'tcp4', 'IPv4', '127.0.0.1'],
  ])('shows the accepted end of %s by what it carries', async (name, protocol, family, address) => {
    // Another test's connection may be in TIME_WAIT with the same port.
    const rows = await listSockets();
    const accepted = rows.find((row) => row.peer.port === port(name) && row.state === 'ESTABLISHED');
    const accepts = [protocol === 'tcp4' ? 'IPv4' : 'IPv6'];
    expect(accepted).toMatchObject({ protocol, family, v6Only: null, accepts, state: 'ESTABLISHED' });
    expect(accepted?.peer).toEqual({ address, port: port(name) });
  });

  it('knows nobody for what no process holds any more', async () => {
    const rows = ofZoo(await listSockets());
    const left = rows.filter((row) => row.state === 'TIME_WAIT' || row.local.port === port('orphan'));
    expect(left.length).toBeGreaterThanOrEqual(3);
    for (const row of left) expect(row).toMatchObject({ pid: null, program: null, uid: null });
  });

  it('filters by port, state and process', async () => {
    for (const row of await listSockets({ port: port('dual') })) expect(row.local.port).toBe(port('dual'));
    const waiting = ofZoo(await listSockets({ listening: true }));
    expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(['LISTEN', 'UNCONNECTED']));
    const others = ofZoo(await listSockets({ listening: false }));
    expect(others.map(({ state }) => state)).not.toContain('LISTEN');
    expect(waiting.length + others.length).toBe(ofZoo(await listSockets()).length);
    const held = await listSockets({ pid: zoo.pid });
    expect(held.length).toBe(ofZoo(await listSockets()).filter(({ pid }) => pid === zoo.pid).length);
    expect(await listSockets({ pid: zoo.pid, port: port('only'), listening: true })).toHaveLength(1);
    expect(await listSockets({ pid: 2 ** 31 - 1 })).toEqual([]);
  });

  it('leaves processes out where they are not asked for', async () => {
    const [row] = await listSockets({ port: port('only') }, { processes: false });
    expect(row).toMatchObject({ pid: null, program: null, v6Only: true });
  });

  it('finds listeners by port, synchronously', () => {
    const found = findListeners(TYPE.stream, port('dual'));
    const inode = expect.any(Number);
    expect(found).toEqual([{ address: '::', port: port('dual'), family: 'IPv6', v6Only: false, inode }]);
    expect(findListeners(TYPE.stream, port('udpDual'))).toEqual([]);
    const datagrams = findListeners(TYPE.datagram, port('udpDual'));
    expect(datagrams).toEqual([
      { address: '::', port: port('udpDual'), family: 'IPv6', v6Only: false, inode },
    ]);
    expect(findListeners(TYPE.datagram, port('dual'))).toEqual([]);
    expect(findListeners(TYPE.stream, port('mapped'))?.[0]).toMatchObject({
      address: '::ffff:127.0.0.1',
      family: 'IPv6',
    });
    for (const type of [TYPE.stream, TYPE.datagram]) {
      for (const bad of [0, -1, 1.5, 65536, Number.NaN]) expect(findListeners(type, bad)).toBeNull();
    }
    for (const bad of [TYPE.other, TYPE.raw, -1]) expect(findListeners(bad, port('dual'))).toBeNull();
  });

  it('finds both sockets of a split port', async () => {
    const [six, four] = [net.createServer(), net.createServer()];
    await listening(six, { port: 0, host: '::', ipv6Only: true });
    const shared = addressOf(six).port;
    await listening(four, { port: shared, host: '0.0.0.0' });
    const found = findListeners(TYPE.stream, shared)?.map(({ address, v6Only }) => [address, v6Only]);
    expect(found).toEqual([
      ['::', true],
      ['0.0.0.0', null],
    ]);
    await Promise.all([closed(six), closed(four)]);
    expect(findListeners(TYPE.stream, shared)).toEqual([]);
  });

  it('counts a process that inherited a socket among its holders', async () => {
    const server = net.createServer();
    await listening(server, { port: 0, host: '::1' });
    const shared = addressOf(server).port;
    const { fd } = describeSocket(server);
    const script = `const { listSockets } = require(${LIST});
      const pids = async (filter) => (await listSockets({ port: ${shared}, ...filter })).map(({ pid }) => pid);
      Promise.all([pids({ pid: process.pid }), pids({ pid: process.ppid }), pids({})])
        .then((lists) => console.log(JSON.stringify([process.pid, lists])))`;
    const child = spawnSync(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
      encoding: 'utf8',
    });
    const [pid, lists] = JSON.parse(child.stdout);
    expect(lists).toEqual([[pid], [process.pid], [Math.min(pid, process.pid)]]);
    await closed(server);
  });
});
