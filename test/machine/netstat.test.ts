/** Output of real FreeBSD systems, byte for byte (blanks at the ends included), with known sockets behind each row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNetstat, parseSockstat, socketKey } from '../../src/machine/netstat';
import type { SocketRow } from '../../src/machine/socket-rows';

const fixture = (name: string) => readFileSync(join(__dirname, '..', 'fixtures', 'netstat', name), 'utf8');
const LONG = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
const BOTH = ['IPv6', 'IPv4'];

describe.each(['14.0', '15.0'])('netstat -anW of FreeBSD %s', (release) => {
  const rows = parseNetstat(fixture(`freebsd-${release}-netstat-anW.txt`));
  const at = (port: number): SocketRow[] =>
    rows.filter(({ local, peer }) => local.port === port && peer.port === 0);
  const between = (local: number, peer: number): SocketRow[] =>
    rows.filter((row) => row.local.port === local && row.peer.port === peer);

  it('has every TCP and UDP socket, and nothing else', () => {
    const count = (word: string) => rows.filter(({ protocol }) => protocol === word).length;
    const counts = ['tcp4', 'tcp6', 'tcp46', 'udp4', 'udp6', 'udp46'].map(count);
    expect(counts).toEqual([32, 25, 6, 8, 13, 3]);
  });

  it.each([
    [5001, 'tcp4', '0.0.0.0', null, ['IPv4']],
    [5002, 'tcp4', '127.0.0.1', null, ['IPv4']],
    [5003, 'tcp46', '::', false, BOTH],
    [5004, 'tcp6', '::', true, ['IPv6']],
    // [::1] with 1 and with 0 look alike, and so do an IPv4 socket and a mapped one.
    [5005, 'tcp6', '::1', null, ['IPv6']],
    [5007, 'tcp6', '::1', null, ['IPv6']],
    [5006, 'tcp4', '127.0.0.1', null, ['IPv4']],
    [5013, 'tcp4', '0.0.0.0', null, ['IPv4']],
    [5008, 'tcp6', LONG, null, ['IPv6']],
    [65535, 'tcp6', LONG, null, ['IPv6']],
    [5009, 'tcp6', 'fe80::1%lo0', null, ['IPv6']],
    [5010, 'tcp6', '::', true, ['IPv6']],
    [5020, 'tcp46', '::', false, BOTH],
  ])('knows the listener %i', (port, protocol, address, v6Only, accepts) => {
    const family = protocol === 'tcp4' ? null : 'IPv6';
    const peer = { address: protocol === 'tcp4' ? '0.0.0.0' : '::', port: 0 };
    const rest = { state: 'LISTEN', uid: null, pid: null, program: null };
    expect(at(port)).toEqual([
      { protocol, family, local: { address, port }, peer, v6Only, accepts, ...rest },
    ]);
  });

  it('knows both sockets of a split port, and of a port with two that take IPv4', () => {
    expect(at(5011).map(({ protocol }) => protocol)).toEqual(['tcp6', 'tcp4']);
    expect(at(5012).map(({ protocol }) => protocol)).toEqual(['tcp46', 'tcp4']);
  });

  it('shows a connection by what it carries', () => {
    const row = { family: null, v6Only: null, accepts: ['IPv4'], state: 'ESTABLISHED' };
    expect(between(5003, 51001)).toMatchObject([{ protocol: 'tcp4', ...row }]);
    expect(between(5003, 51003)).toMatchObject([{ protocol: 'tcp4', ...row }]);
    expect(between(51002, 5003)).toMatchObject([{ protocol: 'tcp6', family: 'IPv6', accepts: ['IPv6'] }]);
    expect(between(51007, 5008)[0]?.local.address).toBe(LONG);
    expect(between(51008, 5009)[0]?.peer).toEqual({ address: 'fe80::1%lo0', port: 5009 });
  });

  it.each([
    [52010, 5999, 'SYN_SENT'],
    [5003, 52012, 'SYN_RCVD'],
    [52001, 5003, 'TIME_WAIT'],
    [52005, 5003, 'FIN_WAIT_2'],
    [5001, 52006, 'CLOSE_WAIT'],
  ])('reads the state of %i to %i', (local, peer, state) => {
    expect(between(local, peer)).toMatchObject([{ state }]);
  });

  it('says of what is not connected to anything and has no port that nothing is let in', () => {
    const fresh = rows.filter(({ local }) => local.port === 0);
    expect(fresh.map(({ protocol }) => protocol)).toEqual(['tcp6', 'tcp46', 'tcp4', 'udp6', 'udp46', 'udp4']);
    for (const { accepts } of fresh) expect(accepts).toEqual([]);
    expect(at(5015)).toMatchObject([{ state: 'CLOSED', accepts: BOTH }]);
  });

  it('reads UDP, which has no state there', () => {
    expect(at(6003)).toMatchObject([
      { protocol: 'udp46', state: 'UNCONNECTED', v6Only: false, accepts: BOTH },
    ]);
    expect(at(6004)).toMatchObject([{ protocol: 'udp6', state: 'UNCONNECTED', v6Only: true }]);
    expect(at(5354)).toMatchObject([{ local: { address: 'ff02::fb%lo0' } }]);
    expect(between(61005, 6003)).toMatchObject([{ protocol: 'udp4', state: 'ESTABLISHED', family: null }]);
  });
});

describe.each([
  ['14.0', { pid: 13, program: 'labsrv' }, { pid: 66594, program: 'my long se' }],
  ['15.0', { pid: 9, program: 'labsrv' }, { pid: 96851, program: 'my long se' }],
])('sockstat -46sw of FreeBSD %s', (release, labsrv, child) => {
  const holders = parseSockstat(fixture(`freebsd-${release}-sockstat-46sw.txt`));
  const rows = parseNetstat(fixture(`freebsd-${release}-netstat-anW.txt`));
  const holdersOf = (local: number, peer = 0) =>
    rows
      .filter((row) => row.local.port === local && row.peer.port === peer)
      .map((row) => holders.get(socketKey(row)));

  it('knows who holds a socket, though columns overflow and run together', () => {
    expect(holdersOf(5001)).toEqual([labsrv]);
    expect(holdersOf(5008)).toEqual([labsrv]);
    expect(holdersOf(51007, 5008)).toEqual([labsrv]);
    expect(holdersOf(51008, 5009)).toEqual([labsrv]);
    expect(holdersOf(5020)).toEqual([child]);
    expect(holdersOf(6020)).toEqual([child]);
    expect(holdersOf(6003)).toEqual([labsrv]);
  });

  it('of the processes that hold an inherited socket names the lowest, or the one that was asked for', () => {
    expect(holdersOf(5003)).toEqual([labsrv]);
    const [listener] = rows.filter(({ local, peer }) => local.port === 5003 && peer.port === 0);
    const own = parseSockstat(fixture(`freebsd-${release}-sockstat-46sw.txt`), child.pid);
    expect(listener && own.get(socketKey(listener))).toEqual(child);
    expect([...new Set([...own.values()].map(({ pid }) => pid))]).toEqual([child.pid]);
  });

  it('knows nobody for what has no descriptor', () => {
    expect(holdersOf(52001, 5003)).toEqual([undefined]);
    expect(holdersOf(5003, 52012)).toEqual([undefined]);
    expect(holdersOf(52006, 5001)).toEqual([undefined]);
  });
});

it('netstat: reads a command that ends in digits', () => {
  const header = 'USER     COMMAND    PID   FD  PROTO  LOCAL ADDRESS         FOREIGN ADDRESS      ';
  const line = (command: string, pid: string) =>
    `www      ${command.padEnd(10)}${pid.padStart(5)} 7   tcp4   *:80 *:*`;
  const read = (command: string, pid: string) =>
    [...parseSockstat(`${header}\n${line(command, pid)}\n`).values()][0];
  expect(read('node20', '7')).toEqual({ program: 'node20', pid: 7 });
  expect(read('php-fpm8.3', '99999')).toEqual({ program: 'php-fpm8.3', pid: 99999 });
  expect(read('worker1234', '12345')).toEqual({ program: 'worker1234', pid: 12345 });
});

it('netstat: reads a state that follows an address without a blank', () => {
  const line = `root     labsrv        13 38  tcp6   ${LONG}:51007 ${LONG}:5008ESTABLISHED`;
  const peer = { address: LONG, port: 5008 };
  const key = socketKey({ protocol: 'tcp6', local: { address: LONG, port: 51007 }, peer });
  expect(parseSockstat(line).get(key)).toEqual({ pid: 13, program: 'labsrv' });
});

describe('netstat -anW of macOS, as documented', () => {
  const rows = parseNetstat(fixture('macos-sample.txt'));

  it('has the sockets, without the parts of multipath connections', () => {
    expect(rows.map(({ protocol, state, v6Only }) => [protocol, state, v6Only])).toEqual([
      ['tcp4', 'ESTABLISHED', null],
      ['tcp6', 'CLOSE_WAIT', null],
      ['tcp46', 'LISTEN', false],
      ['tcp6', 'LISTEN', true],
      ['udp4', 'UNCONNECTED', null],
      ['udp6', 'UNCONNECTED', true],
      ['udp46', 'UNCONNECTED', false],
    ]);
    expect(rows[0]?.peer).toEqual({ address: '1.2.3.4', port: 443 });
    expect(rows[1]?.local).toEqual({ address: 'fe80::1%lo0', port: 49200 });
  });
});

it.each([
  '',
  '\n',
  'tcp4',
  'tcp4 0 0 x y',
  'tcp46 0 0 *.80',
  'tcp9 0 0 *.80 *.* LISTEN',
  'tcp4 a b *.80 *.*',
])('netstat: makes nothing of %j', (text) => {
  expect(parseNetstat(text)).toEqual([]);
  expect(parseSockstat(text).size).toBe(0);
});
