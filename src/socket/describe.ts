import { Server } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import { type DescriptorInfo, FAMILY, type IPFamily, type SocketAddress, TYPE } from '../kernel/addon';
import { isWildcard } from '../kernel/address';
import { inspectDescriptor, readDescriptor } from '../kernel/descriptor';
import { notIPv6 } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import type { Listener } from '../machine/listeners';
import { isDatagramSocket } from '../runtime/datagrams';
import { recall } from './record';
import { listenerOfPrimary, locate, type SocketTarget } from './target';
import { keptValue } from './v6only';

/** What a socket is and which families it accepts. */
export interface SocketDescription {
  /** null for a socket that doesn't exist yet, and on Windows. */
  fd: number | null;
  /** The socket's own family, not that of its traffic. */
  family: IPFamily;
  /** SOCK_STREAM, SOCK_DGRAM, SOCK_RAW. */
  type: 'tcp' | 'udp' | 'raw';
  /** `unbound`: it has no address yet, so the option can still be set. */
  state: 'unbound' | 'bound' | 'listening' | 'connected';
  /** null while it is unbound. */
  local: SocketAddress | null;
  /** null without a connection. */
  peer: SocketAddress | null;
  /** null for an IPv4 socket, which has no such option. */
  v6Only: boolean | null;
  /** The families that its address and option accept; empty while it has no address. */
  accepts: IPFamily[];
}

/**
 * Returns what a socket is and which families it accepts, read from the kernel.
 *
 * @param target the server, socket or descriptor; unlike for `getV6Only`, it may be IPv4.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE. @throws {RangeError} ERR_OUT_OF_RANGE.
 * @throws {SystemError} as `getV6Only`; ENOPROTOOPT `not-ipv6` for anything that isn't an internet socket.
 * @throws {Error} ERR_ADDON_UNAVAILABLE.
 * @category Look at a socket
 * @example
 * ```js
 * const net = require('node:net');
 * const { describeSocket, setV6Only } = require('v6only');
 *
 * const server = setV6Only(net.createServer(), false).listen(0);
 * const { family, type, state, v6Only, accepts } = describeSocket(server);
 * console.log(family, type, state, v6Only, accepts);
 * server.close();
 * ```
 *
 * ```
 * IPv6 tcp listening false [ 'IPv6', 'IPv4' ]
 * ```
 */
export function describeSocket(target: SocketTarget): SocketDescription {
  currentPlatform();
  const fd = locate(target, 'getsockopt');
  if (fd === 'hidden') {
    const listener = describeListener(listenerOfPrimary(target));
    return { ...listener, accepts: withCompanions(target, listener.accepts) };
  }
  if (fd === 'not-open') return notOpened(target);
  const info = inspectDescriptor(fd, 'getsockopt');
  const family = familyOf(info, fd);
  const state = stateOf(info);
  const v6Only = family === 'IPv6' ? readDescriptor(fd) : null;
  const local = state === 'unbound' ? null : info.local;
  return {
    fd: currentPlatform().hasDescriptors ? fd : null,
    family,
    type: typeOf(info),
    state,
    local,
    peer: info.peer,
    v6Only,
    accepts: withCompanions(target, accepts(family, local, info.peer, v6Only)),
  };
}

/** For a server with several sockets: the families that they accept together. */
function withCompanions(target: SocketTarget, own: IPFamily[]): IPFamily[] {
  if (!(target instanceof Server)) return own;
  const others = recall(target)?.attempt?.companions?.families ?? [];
  return [...new Set([...own, ...others])];
}

function notOpened(target: SocketTarget): SocketDescription {
  const v6Only = keptValue(target);
  const type = isDatagramSocket(target) ? 'udp' : 'tcp';
  return { fd: null, family: 'IPv6', type, state: 'unbound', local: null, peer: null, v6Only, accepts: [] };
}

/** A cluster primary's socket, which has no descriptor here. */
function describeListener({ address, port, family, v6Only }: Listener): SocketDescription {
  const local = { address, port };
  const open = { fd: null, family, type: 'tcp', state: 'listening', local, peer: null, v6Only } as const;
  return { ...open, accepts: accepts(family, local, null, v6Only) };
}

function familyOf({ family }: DescriptorInfo, fd: number): IPFamily {
  if (family === FAMILY.IPv6) return 'IPv6';
  if (family === FAMILY.IPv4) return 'IPv4';
  throw notIPv6('getsockopt', `descriptor ${fd} is not an internet socket`);
}

function typeOf({ type }: DescriptorInfo): SocketDescription['type'] {
  if (type === TYPE.stream) return 'tcp';
  return type === TYPE.datagram ? 'udp' : 'raw';
}

function stateOf({ type, listening, local, peer }: DescriptorInfo): SocketDescription['state'] {
  if (listening) return 'listening';
  if (peer !== null) return 'connected';
  if (local === null) return 'unbound';
  // A raw socket has its protocol's number where others have the port.
  return (type === TYPE.raw ? isWildcard(local.address) : local.port === 0) ? 'unbound' : 'bound';
}

/** A connected socket accepts only its peer's family. */
function accepts(
  family: IPFamily,
  local: SocketAddress | null,
  peer: SocketAddress | null,
  v6Only: boolean | null,
): IPFamily[] {
  const decisive = peer ?? local;
  return decisive === null ? [] : acceptedFamilies({ family, address: decisive.address, v6Only });
}
