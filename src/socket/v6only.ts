import { EventEmitter } from 'node:events';
import { Server } from 'node:net';
import { addon } from '../kernel/addon';
import { readDescriptor, setDescriptor } from '../kernel/descriptor';
import { notIPv6, notOpenYet } from '../kernel/errors';
import { invalidArgType } from '../kernel/node-errors';
import { currentPlatform, requirePossible } from '../kernel/platforms';
import type { Listener } from '../machine/listeners';
import { isDatagramSocket } from '../runtime/datagrams';
import { requireSupport } from '../runtime/support';
import { choosable, requireListens } from './binder';
import { isUdp4, keptForDatagram, notUdp6, setDatagram } from './datagram';
import { chosenBinder, recall } from './record';
import { heldByPrimary, listenerOfPrimary, locate, type SocketTarget } from './target';
import { V6OnlyBinder } from './v6only-binder';

/**
 * Sets IPV6_V6ONLY for a socket: `true` for an IPv6-only one, `false` for a dual-stack one that accepts IPv4
 * clients too, as `::ffff:a.b.c.d`.
 *
 * A server that is not listening and a udp6 socket that is not bound remember the value and are opened with it,
 * whatever the host, sysctl, system and Node version; this call opens nothing. An existing socket is set
 * immediately; if it already has a port, the value can only be checked. A socket bound to one IPv6 address is left
 * unchanged: the option has no effect there.
 *
 * The kernel accepts the option only before bind: Linux net/ipv6/ipv6_sockglue.c (do_ipv6_setsockopt), FreeBSD
 * and macOS ip6_ctloutput in ip6_output.c; RFC 3493, section 5.3.
 *
 * @param target the server, socket or descriptor.
 * @param v6Only the value, `true` by default.
 * @returns the target, so that `setV6Only(http.createServer(app)).listen(8080)` reads in one line.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for anything that isn't a target or a boolean; ERR_INVALID_ARG_VALUE for
 * `false` on a udp6 socket created with `ipv6Only: true`.
 * @throws {RangeError} ERR_OUT_OF_RANGE for a number that isn't a descriptor.
 * @throws {SystemError} EINVAL `already-bound`, `raw-socket`, `mismatch`; ENOPROTOOPT `not-ipv6`; ENOTSOCK
 * `not-a-socket`; EBADF `closed`, `not-open-yet`; ENOTSUP `not-visible`, `unsupported-runtime`,
 * `unsupported-platform`.
 * @throws {Error} ERR_ADDON_UNAVAILABLE, here rather than at the first `listen`.
 * @category Choose what a server listens on
 * @example
 * ```js
 * const http = require('node:http');
 * const { getV6Only, setV6Only } = require('v6only');
 *
 * const server = setV6Only(http.createServer()).listen(0, () => {
 *   console.log(server.address().address, 'IPv6-only:', getV6Only(server));
 *   server.close();
 * });
 * ```
 *
 * ```
 * :: IPv6-only: true
 * ```
 */
export function setV6Only<T extends SocketTarget>(target: T, v6Only = true): T {
  if (typeof v6Only !== 'boolean') throw invalidArgType('v6Only', 'a boolean', v6Only);
  requirePossible(v6Only, 'setsockopt');
  if (isDatagramSocket(target)) {
    addon();
    setDatagram(target, v6Only);
    return target;
  }
  const fd = locate(target, 'setsockopt');
  addon();
  if (fd === 'hidden') throw heldByPrimary(target, 'setsockopt');
  const opener = target instanceof EventEmitter ? 'this program' : 'perhaps another';
  if (fd !== 'not-open') setDescriptor(fd, v6Only, opener);
  if (target instanceof Server) keepForServer(target, v6Only);
  return target;
}

/** From now on every `listen()` of this server binds with this value. */
function keepForServer(server: Server, v6Only: boolean): void {
  requireSupport('chooseServer', 'setsockopt');
  requireListens();
  const record = choosable(server);
  record.v6Only = v6Only ? IPV6_ONLY : DUAL_STACK;
  record.stack = undefined;
}

/** Shared by all servers: a binder keeps no state of a listen. */
const IPV6_ONLY = new V6OnlyBinder(true);
const DUAL_STACK = new V6OnlyBinder(false);

/**
 * Returns the kernel's current IPV6_V6ONLY: `true` for IPv6-only, `false` for dual-stack. Before a server listens or a
 * udp6 socket is bound, the value that `setV6Only` remembered.
 *
 * Linux returns `true` for every socket bound to one IPv6 address, whatever was asked for (`__inet6_bind` in
 * net/ipv6/af_inet6.c). An accepted socket has its listener's value on Linux and the sysctl's on FreeBSD.
 *
 * @throws {TypeError} ERR_INVALID_ARG_TYPE. @throws {RangeError} ERR_OUT_OF_RANGE.
 * @throws {SystemError} EBADF `closed`, `not-open-yet`; ENOPROTOOPT `not-ipv6`; ENOTSOCK `not-a-socket`;
 * ECONNRESET `reset`; ENOTSUP `not-visible`, `unsupported-platform`.
 * @throws {Error} ERR_ADDON_UNAVAILABLE.
 * @category Look at a socket
 * @example
 * ```js
 * const dgram = require('node:dgram');
 * const { getV6Only, setV6Only } = require('v6only');
 *
 * const socket = setV6Only(dgram.createSocket('udp6'), false);
 * socket.bind(0, () => {
 *   console.log('IPv6-only:', getV6Only(socket));
 *   socket.close();
 * });
 * ```
 *
 * ```
 * IPv6-only: false
 * ```
 */
export function getV6Only(target: SocketTarget): boolean {
  const fd = locate(target, 'getsockopt');
  if (typeof fd === 'number') return readDescriptor(fd);
  if (fd === 'hidden') return optionOf(listenerOfPrimary(target));
  currentPlatform();
  return keptValue(target);
}

function optionOf({ v6Only }: Listener): boolean {
  if (v6Only === null)
    throw notIPv6('getsockopt', 'the server listens on an IPv4 (AF_INET) socket of the cluster primary');
  return v6Only;
}

function keptFor(target: SocketTarget): boolean | undefined {
  if (typeof target !== 'object') return undefined;
  return isDatagramSocket(target) ? keptForDatagram(target) : chosenBinder(recall(target))?.v6Only;
}

/**
 * The value that `setV6Only` keeps for a server or udp6 socket without a descriptor.
 * @throws {SystemError} EBADF `not-open-yet`.
 */
export function keptValue(target: SocketTarget): boolean {
  const kept = keptFor(target);
  if (kept !== undefined) return kept;
  if (isDatagramSocket(target) && isUdp4(target)) throw notUdp6('getsockopt');
  const what = target instanceof Server ? 'the server is not listening' : 'the udp6 socket is not bound';
  throw notOpenYet('getsockopt', what);
}
