/** A socket as listed, decoded from the kernel's numbers. */
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily, SocketAddress } from '../kernel/addon';
import { currentPlatform } from '../kernel/platforms';
import { AddressTexts } from './address-text';
import type { Holder } from './processes';

/** The traffic: `tcp4` is TCP over IPv4, `tcp46` a socket that accepts both families. */
export type SocketProtocol = 'tcp4' | 'tcp6' | 'tcp46' | 'udp4' | 'udp6' | 'udp46';

/** One socket of this machine. */
export interface SocketRow {
  /** The traffic: `tcp46` accepts both families; an IPv4 connection on an AF_INET6 socket is `tcp4`. */
  protocol: SocketProtocol;
  /** The socket's own family; null if the system doesn't report it (`tcp4` and `udp4` on FreeBSD and macOS). */
  family: IPFamily | null;
  /** TCP: spelled as in FreeBSD's netstat, on every system. UDP: 'UNCONNECTED' or 'ESTABLISHED'. */
  state: string;
  /** Its own address and port. */
  local: SocketAddress;
  /** The wildcard and port 0 if there is none. */
  peer: SocketAddress;
  /** null for an IPv4 socket, and if the kernel doesn't report it, as for sockets with a peer. */
  v6Only: boolean | null;
  /** The families of peers that its address and option admit. */
  accepts: IPFamily[];
  /** The owner's; null if no process has the socket any more, and on other systems than Linux. */
  uid: number | null;
  /** The process that owns it (of several, the one with the lowest ID); null if not visible. */
  pid: number | null;
  /** The name of that process. */
  program: string | null;
}

/** include/net/tcp_states.h, by number; 12 is a connection request without its own socket yet. */
const TCP_STATES: readonly string[] = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RCVD',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'TIME_WAIT',
  'CLOSED',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RCVD',
];
const ESTABLISHED = 1;
const CLOSED = 7;
const LISTEN = 10;
const ALL_STATES = (1 << TCP_STATES.length) - 2;
/** An unconnected UDP socket has the state CLOSE; TCP sockets in that state aren't in the kernel's tables. */
const WAITING_STATES = (1 << LISTEN) | (1 << CLOSED);

/** The states to ask the kernel for, one bit each. */
export function statesOf(listening: boolean | undefined): number {
  if (listening === undefined) return ALL_STATES;
  return listening ? WAITING_STATES : ALL_STATES & ~WAITING_STATES;
}

/** FreeBSD's netstat names it after what the socket accepts. */
export function protocolOf<T extends 'tcp' | 'udp'>(
  transport: T,
  accepts: readonly IPFamily[],
): `${T}${'4' | '6' | '46'}` {
  if (accepts.length === 2) return `${transport}46`;
  return accepts[0] === 'IPv4' ? `${transport}4` : `${transport}6`;
}

/** SocketRow of native/sockets.h. */
const ROW_LENGTH = 52;
const AT = { local: 0, peer: 16, interface: 32, uid: 36, inode: 40, localPort: 44, peerPort: 46 } as const;
const AT_BYTE = { protocol: 48, family: 49, state: 50, v6Only: 51 } as const;
const UDP = 17;
const UNKNOWN_UID = 2 ** 32 - 1;

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The addon's bytes, one row per socket. */
export class SocketTable {
  readonly length: number;
  readonly #view: DataView;
  readonly #texts = new AddressTexts();
  #zones: Map<number, string> | undefined;

  constructor(bytes: ArrayBuffer) {
    this.#view = new DataView(bytes);
    this.length = Math.floor(bytes.byteLength / ROW_LENGTH);
  }

  /** 0 if no process owns the socket. */
  inode(index: number): number {
    return this.#view.getUint32(index * ROW_LENGTH + AT.inode, LITTLE_ENDIAN);
  }

  /** The same for sockets of one process with the same address. */
  key(index: number): string {
    const at = index * ROW_LENGTH;
    const view = this.#view;
    const address = Buffer.from(view.buffer, at + AT.local, AT.peer - AT.local).toString('latin1');
    const kind = view.getUint8(at + AT_BYTE.protocol) + 256 * view.getUint8(at + AT_BYTE.family);
    return `${kind} ${view.getUint16(at + AT.localPort, LITTLE_ENDIAN)} ${address}`;
  }

  /** -1 if the system doesn't say. */
  option(index: number): number {
    return this.#view.getInt8(index * ROW_LENGTH + AT_BYTE.v6Only);
  }

  setOption(index: number, v6Only: number): void {
    this.#view.setInt8(index * ROW_LENGTH + AT_BYTE.v6Only, v6Only);
  }

  row(index: number): SocketRow {
    const view = this.#view;
    const at = index * ROW_LENGTH;
    const family = view.getUint8(at + AT_BYTE.family) === 6 ? 'IPv6' : 'IPv4';
    const option = this.option(index);
    const v6Only = option < 0 ? null : option === 1;
    const local = this.#address(at, AT.local, AT.localPort, family);
    const peer = this.#address(at, AT.peer, AT.peerPort, family);
    const isUdp = view.getUint8(at + AT_BYTE.protocol) === UDP;
    const { address } = peer.port === 0 ? local : peer;
    const accepts = acceptedFamilies({ family, address, v6Only });
    const state = view.getUint8(at + AT_BYTE.state);
    const uid = view.getUint32(at + AT.uid, LITTLE_ENDIAN);
    return {
      protocol: protocolOf(isUdp ? 'udp' : 'tcp', accepts),
      family,
      state: isUdp ? udpState(state) : (TCP_STATES[state] ?? 'UNKNOWN'),
      local,
      peer,
      v6Only,
      accepts,
      // The kernel writes 0 for a socket without a process (inet_diag.c: TIME_WAIT, requests, orphans).
      uid: uid === UNKNOWN_UID || (uid === 0 && this.inode(index) === 0) ? null : uid,
      pid: null,
      program: null,
    };
  }

  #address(row: number, at: number, portAt: number, family: IPFamily): SocketAddress {
    const address = this.#texts.read(this.#view, row + at, family);
    const port = this.#view.getUint16(row + portAt, LITTLE_ENDIAN);
    const linkLocal = family === 'IPv6' && (this.#view.getUint16(row + at) & 0xffc0) === 0xfe80;
    if (!linkLocal) return { address, port };
    return { address: address + this.#zone(this.#view.getUint32(row + AT.interface, LITTLE_ENDIAN)), port };
  }

  /** As in Node; a number if the interface is gone. */
  #zone(index: number): string {
    if (index === 0) return '';
    this.#zones ??= currentPlatform().zones === 'names' ? zoneNames() : new Map();
    return `%${this.#zones.get(index) ?? index}`;
  }
}

export function withHolder(row: SocketRow, holder: Holder | undefined): SocketRow {
  if (holder === undefined) return row;
  row.pid = holder.pid;
  row.program = holder.program;
  return row;
}

function udpState(state: number): string {
  return state === ESTABLISHED ? 'ESTABLISHED' : 'UNCONNECTED';
}

/** The scope of a link-local address is the index of its interface. */
function zoneNames(): Map<number, string> {
  const { networkInterfaces }: typeof import('node:os') = require('node:os');
  const names = new Map<number, string>();
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    for (const address of addresses) {
      if (address.family === 'IPv6' && address.scopeid !== 0) names.set(address.scopeid, name);
    }
  }
  return names;
}
