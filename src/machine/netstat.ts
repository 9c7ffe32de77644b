/**
 * Parses the output of the BSDs' netstat and sockstat. Based on output of FreeBSD 14.0 and 15.0
 * (test/fixtures/netstat) and, for macOS, on the samples in the documentation of the Perl module
 * Parse::Netstat::darwin (CPAN) and in github.com/danielkrainas/node-netstat, number 43 (macOS 14).
 *
 * Only netstat with -W prints whole addresses. Its --libxo is no alternative: on FreeBSD 15 it crashes.
 */
import type { IPFamily, SocketAddress } from '../kernel/addon';
import { type Holder, noteHolder } from './processes';
import type { SocketProtocol, SocketRow } from './socket-rows';

/** UDP-Lite (`udplite46`), macOS' multipath subflows (`tcp4/1`) and lines that aren't sockets do not match. */
const NETSTAT_ROW =
  /^((?:tcp|udp)(?:46|4|6))\s+\d+\s+\d+\s+(\S+\.(?:\d+|\*))\s+(\S+\.(?:\d+|\*))(?:\s+([A-Z]\w*))?/;

export function parseNetstat(text: string): SocketRow[] {
  const rows: SocketRow[] = [];
  for (const line of text.split('\n')) {
    const [, protocol = '', local = '', peer = '', state = ''] = NETSTAT_ROW.exec(line) ?? [];
    if (!isProtocol(protocol)) continue;
    const [own, other] = [endpoint(local, '.', protocol), endpoint(peer, '.', protocol)];
    rows.push(row(protocol, own, other, state));
  }
  return rows;
}

const PROTOCOLS: readonly string[] = [
  'tcp4',
  'tcp6',
  'tcp46',
  'udp4',
  'udp6',
  'udp46',
] satisfies SocketProtocol[];

function isProtocol(word: string): word is SocketProtocol {
  return PROTOCOLS.includes(word);
}

/** `*` is the wildcard, or no address or port at all. */
function endpoint(text: string, separator: string, protocol: SocketProtocol): SocketAddress {
  const split = text.lastIndexOf(separator);
  const address = text.slice(0, split);
  const port = Number(text.slice(split + 1));
  const wildcard = protocol.endsWith('6') ? '::' : '0.0.0.0';
  return { address: address === '*' ? wildcard : address, port: Number.isInteger(port) ? port : 0 };
}

/** IPv4 on an AF_INET6 socket looks the same as on an AF_INET one, so `tcp4` doesn't reveal the socket's family. */
function row(protocol: SocketProtocol, local: SocketAddress, peer: SocketAddress, state: string): SocketRow {
  const connected = peer.port !== 0;
  const udpState = connected ? 'ESTABLISHED' : 'UNCONNECTED';
  return {
    protocol,
    family: protocol.endsWith('6') ? 'IPv6' : null,
    state: protocol.startsWith('udp') ? udpState : state,
    local,
    peer,
    v6Only: optionOf(protocol, local, connected),
    accepts: connected || local.port !== 0 ? acceptedBy(protocol) : [],
    uid: null,
    pid: null,
    program: null,
  };
}

/** netstat reads the kernel's flags, so its answer is reliable. */
function acceptedBy(protocol: SocketProtocol): IPFamily[] {
  if (protocol.endsWith('46')) return ['IPv6', 'IPv4'];
  return protocol.endsWith('6') ? ['IPv6'] : ['IPv4'];
}

/** On a single address both values look the same: [::1] is `tcp6` with either, and a mapped one is `tcp4`. */
function optionOf(protocol: SocketProtocol, local: SocketAddress, connected: boolean): boolean | null {
  if (protocol.endsWith('46')) return false;
  return protocol.endsWith('6') && local.address === '::' && !connected ? true : null;
}

/**
 * Parsed from the right, because on FreeBSD 14 the user may overflow, the command has blanks and is cut to ten characters,
 * and a number of five digits, the longest possible (PID_MAX), follows it without a blank. A state may
 * follow the peer's address without a blank too. Sockets without a process have question marks here.
 */
const SOCKSTAT_PROCESS = /^\S+ +(.*?) *(\d{1,5}) +\d+$/;
const SOCKSTAT_ROW = /^(.+?) +((?:tcp|udp)(?:46|4|6)) +(\S+:(?:\d+|\*)) +(\S*?:(?:\d+|\*))(?=[A-Z?\s]|$)/;

/** Keyed by `socketKey`; with `only`, the sockets of that process. */
export function parseSockstat(text: string, only?: number): Map<string, Holder> {
  const holders = new Map<string, Holder>();
  for (const line of text.split('\n')) {
    const [, start = '', protocol = '', local = '', peer = ''] = SOCKSTAT_ROW.exec(line) ?? [];
    const [, program, pid] = SOCKSTAT_PROCESS.exec(start) ?? [];
    if (!isProtocol(protocol) || program === undefined || pid === undefined) continue;
    if (only !== undefined && only !== Number(pid)) continue;
    const key = socketKey({
      protocol,
      local: endpoint(local, ':', protocol),
      peer: endpoint(peer, ':', protocol),
    });
    noteHolder(holders, key, { pid: Number(pid), program });
  }
  return holders;
}

/** Nothing else that netstat and sockstat both print identifies a socket. */
export function socketKey({ protocol, local, peer }: Pick<SocketRow, 'protocol' | 'local' | 'peer'>): string {
  return `${protocol} ${local.address} ${local.port} ${peer.address} ${peer.port}`;
}
