import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHolders } from '../../src/machine/processes';
import { SocketTable, statesOf } from '../../src/machine/socket-rows';

interface Fields {
  local?: number[];
  peer?: number[];
  interface?: number;
  uid?: number;
  inode?: number;
  ports?: [number, number];
  protocol?: 6 | 17;
  family?: 4 | 6;
  state?: number;
  v6Only?: -1 | 0 | 1;
}

/** SocketRow of native/sockets.h, as this machine lays it out. */
function bytesOf(...rows: Fields[]): ArrayBuffer {
  const buffer = Buffer.alloc(rows.length * 52);
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
  const ports = new Uint16Array(buffer.buffer, buffer.byteOffset, buffer.length / 2);
  rows.forEach((row, i) => {
    buffer.set(row.local ?? [], i * 52);
    buffer.set(row.peer ?? [], i * 52 + 16);
    words.set([row.interface ?? 0, row.uid ?? 0, row.inode ?? 1], i * 13 + 8);
    ports.set(row.ports ?? [80, 0], i * 26 + 22);
    const last = [row.protocol ?? 6, row.family ?? 6, row.state ?? 10, (row.v6Only ?? -1) & 255];
    buffer.set(last, i * 52 + 48);
  });
  return new Uint8Array(buffer).buffer;
}

const rowOf = (fields: Fields) => new SocketTable(bytesOf(fields)).row(0);

/** '1:2:3:4:5:6:7:8' as bytes. */
const groups = (text: string): number[] =>
  text.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });

describe('SocketTable: addresses', () => {
  it.each([
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:db8:0:0:0:0:0:0', '2001:db8::'],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3:8d3:1319:8a2e:370:7348'],
    // The first of two runs of the same length, the longest of all, and none for a single zero (RFC 5952, 4.2).
    ['2001:0:0:1:0:0:1:1', '2001::1:0:0:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:0:1:1:1:1:1:1', '2001:0:1:1:1:1:1:1'],
    ['0:0:0:0:0:ffff:c000:201', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:ffff:0:0', '::ffff:0.0.0.0'],
    // As inet_ntop writes compatible addresses, and Node with it.
    ['0:0:0:0:0:0:c000:201', '::192.0.2.1'],
    ['64:ff9b:0:0:0:0:c000:201', '64:ff9b::c000:201'],
    // Neither of the two.
    ['0:0:0:0:0:1:c000:201', '::1:c000:201'],
    ['0:0:0:0:1:ffff:c000:201', '::1:ffff:c000:201'],
    ['1:0:0:0:0:ffff:c000:201', '1::ffff:c000:201'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['0:0:3:4:5:6:7:8', '::3:4:5:6:7:8'],
  ])('%s is %s', (bytes, address) => {
    expect(rowOf({ local: groups(bytes) }).local.address).toBe(address);
  });

  it('keeps apart what falls on one place among the kept texts', () => {
    const local = Array.from({ length: 4096 }, (_, i) => groups(`2001:db8:${i.toString(16)}:0:0:0:0:1`));
    const table = new SocketTable(bytesOf(...local.map((one) => ({ local: one }))));
    for (let i = 1; i < 4096; i++) {
      expect(table.row(i).local.address).toBe(`2001:db8:${i.toString(16)}::1`);
      expect(table.row(0).local.address).toBe('2001:db8::1');
    }
  });

  it('gives a link-local address its zone, by number where no interface has a name for it', () => {
    const local = groups('fe80:0:0:0:0:0:0:1');
    expect(rowOf({ local, interface: 4_000_000 }).local.address).toBe('fe80::1%4000000');
    expect(rowOf({ local }).local.address).toBe('fe80::1');
    expect(rowOf({ local: groups('2001:db8:0:0:0:0:0:1'), interface: 1 }).local.address).toBe('2001:db8::1');
  });

  it('reads IPv4', () => {
    const row = rowOf({ family: 4, local: [192, 0, 2, 255], peer: [127, 0, 0, 1], ports: [65535, 1] });
    expect(row.local).toEqual({ address: '192.0.2.255', port: 65535 });
    expect(row.peer).toEqual({ address: '127.0.0.1', port: 1 });
  });
});

describe('SocketTable: what travels', () => {
  const mapped = groups('0:0:0:0:0:ffff:7f00:1');
  const loopback = groups('0:0:0:0:0:0:0:1');

  it.each<[string, Fields, string, boolean | null, string[]]>([
    ['a dual-stack listener', { v6Only: 0 }, 'tcp46', false, ['IPv6', 'IPv4']],
    ['an IPv6-only listener', { v6Only: 1 }, 'tcp6', true, ['IPv6']],
    ['a listener on ::1', { local: loopback, v6Only: 1 }, 'tcp6', true, ['IPv6']],
    ['a listener on a mapped address', { local: mapped, v6Only: 0 }, 'tcp4', false, ['IPv4']],
    ['an IPv4 listener', { family: 4 }, 'tcp4', null, ['IPv4']],
    [
      'IPv4 on an IPv6 socket',
      { local: mapped, peer: mapped, ports: [1, 2], state: 1 },
      'tcp4',
      null,
      ['IPv4'],
    ],
    ['IPv6', { local: loopback, peer: loopback, ports: [1, 2], state: 1 }, 'tcp6', null, ['IPv6']],
    ['dual-stack UDP', { protocol: 17, v6Only: 0, state: 7 }, 'udp46', false, ['IPv6', 'IPv4']],
    ['connected UDP', { protocol: 17, peer: mapped, ports: [1, 2], state: 1 }, 'udp4', null, ['IPv4']],
  ])('%s', (_, fields, protocol, v6Only, accepts) => {
    expect(rowOf(fields)).toMatchObject({ protocol, v6Only, accepts });
  });

  it('spells states as FreeBSD does', () => {
    const states = Array.from({ length: 12 }, (_, i) => rowOf({ state: i + 1 }).state);
    const first = ['ESTABLISHED', 'SYN_SENT', 'SYN_RCVD', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT', 'CLOSED'];
    expect(states).toEqual([...first, 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING', 'SYN_RCVD']);
    expect(rowOf({ state: 99 }).state).toBe('UNKNOWN');
    expect(rowOf({ protocol: 17, state: 7 }).state).toBe('UNCONNECTED');
  });

  it('asks for each state once', () => {
    expect(statesOf(true) & statesOf(false)).toBe(0);
    expect(statesOf(true) | statesOf(false)).toBe(statesOf(undefined));
    expect(statesOf(undefined)).toBe(0b1_1111_1111_1110);
  });

  it('believes a uid of 0 only where somebody holds the socket', () => {
    expect(rowOf({ inode: 5 }).uid).toBe(0);
    expect(rowOf({ inode: 0 }).uid).toBeNull();
    expect(rowOf({ inode: 0, uid: 1000 }).uid).toBe(1000);
  });
});

it('SocketTable: makes nothing of nothing, and passes over what is cut off', () => {
  expect(new SocketTable(new ArrayBuffer(0)).length).toBe(0);
  expect(new SocketTable(new ArrayBuffer(51)).length).toBe(0);
});

describe('SocketTable: processes', () => {
  function holders(...rows: [inode: number, pid: number, name: string][]): ArrayBuffer {
    const buffer = Buffer.alloc(rows.length * 24);
    const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
    rows.forEach(([inode, pid, name], i) => {
      words.set([inode, pid], i * 6);
      buffer.write(name, i * 24 + 8, 'utf8');
    });
    return new Uint8Array(buffer).buffer;
  }

  it('takes the lowest number of those that hold one socket', async () => {
    const found = await readHolders(
      holders([7, 20, 'child'], [7, 10, 'parent'], [7, 30, 'x'], [8, 20, 'child']),
    );
    expect([...found]).toEqual([
      [7, { pid: 10, program: 'parent' }],
      [8, { pid: 20, program: 'child' }],
    ]);
  });

  it('calls a process whose main thread Node has named by its program', async () => {
    const gone = 2 ** 31 - 1;
    const found = await readHolders(
      holders([1, process.pid, 'MainThread'], [2, process.pid, 'node-MainThread'], [3, gone, 'MainThread']),
    );
    const program = process.platform === 'linux' ? basename(realpathSync(process.execPath)) : 'MainThread';
    expect(found.get(1)).toEqual({ pid: process.pid, program });
    expect(found.get(3)).toEqual({ pid: gone, program: 'MainThread' });
  });

  it('reads names as they are, of any characters and of full length', async () => {
    const names = ['\u001b[31m', 'a b', 'fifteen letters', 'ünïcödé'];
    const found = await readHolders(
      holders(...names.map((name, i): [number, number, string] => [i, i + 1, name])),
    );
    expect([...found.values()].map(({ program }) => program)).toEqual(names);
  });
});
