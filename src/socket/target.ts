/** What `setV6Only`, `getV6Only` and `describeSocket` accept, and the descriptor behind it. */
import type dgram from 'node:dgram';
import { Server, Socket } from 'node:net';
import type tls from 'node:tls';
import { closed, notASocket, notIPv6, notOpenYet, notVisible, type SystemError } from '../kernel/errors';
import { invalidArgType, outOfRange } from '../kernel/node-errors';
import { requireDescriptors } from '../kernel/platforms';
import { findListenerOf, type Listener } from '../machine/listeners';
import { isDatagramSocket } from '../runtime/datagrams';
import { type Located, serverDescriptor, streamDescriptor } from '../runtime/descriptors';
import { requireNetServer, requireSupport } from '../runtime/support';
import { locateDatagram } from './datagram';

/**
 * A socket: a server (net, http, https, http2, tls), a connection, a dgram socket, a `net.BoundSocket`, an object
 * with a descriptor, or a descriptor number.
 */
export type SocketTarget =
  | Server
  | Socket
  | tls.TLSSocket
  | dgram.Socket
  | {
      /** As in `net.BoundSocket`. */
      fd(): number;
    }
  | {
      /** A descriptor of this process. */
      readonly fd: number;
    }
  | number;

const MAX_DESCRIPTOR = 2 ** 31 - 1;
const EXPECTED =
  'a net.Server (http, https, http2, tls), net.Socket, dgram.Socket, net.BoundSocket, an object with fd, or a ' +
  'descriptor number';

/**
 * The descriptor of a target; 'not-open' for a server that is not listening and a udp6 socket that Node has not opened,
 * 'hidden' for a server whose socket is held by a cluster primary, or whose runtime shows no descriptor.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE. @throws {RangeError} ERR_OUT_OF_RANGE.
 * @throws {SystemError} `closed`, `not-open-yet`, `not-a-socket`, `not-ipv6`, `unsupported-runtime`.
 */
export function locate(target: unknown, syscall: string): Located {
  if (typeof target === 'number') return checkDescriptor('target', target, syscall);
  if (target instanceof Server) return serverDescriptor(target);
  if (target instanceof Socket) return locateStream(target, syscall);
  if (isDatagramSocket(target)) return locateDatagram(target, syscall);
  return locateObject(target, syscall);
}

function checkDescriptor(name: string, fd: number, syscall: string): number {
  // Must survive conversion to an int: not NaN, 1.5, 2 ** 31 or 2 ** 32 + 3.
  if ((fd | 0) !== fd || fd < 0) throw outOfRange(name, `an integer >= 0 and <= ${MAX_DESCRIPTOR}`, fd);
  requireDescriptors(syscall);
  return fd;
}

export function heldByPrimary(target: unknown, syscall: string): SystemError {
  requireSupport('serverDescriptor', syscall);
  if (target instanceof Server && typeof target.address() === 'string')
    return notIPv6(syscall, 'the server listens on a path');
  return notVisible(syscall, 'the cluster primary holds this socket, which is not visible in this worker');
}

/**
 * The socket of a server that listens with no descriptor here: in a cluster worker under round-robin, and in Deno.
 * @throws {SystemError} ENOTSUP `not-visible`, in Deno `unsupported-runtime`, if the kernel doesn't show it.
 */
export function listenerOfPrimary(target: unknown): Listener {
  const listener = target instanceof Server ? findListenerOf(target) : undefined;
  if (listener === undefined) throw heldByPrimary(target, 'getsockopt');
  return listener;
}

function locateStream(socket: Socket, syscall: string): number {
  if (socket.destroyed) throw closed(syscall, 'the socket was destroyed');
  const fd = streamDescriptor(socket);
  const shown = typeof fd === 'number' && fd >= 0;
  // Connected without a descriptor: http and https in Bun, and always in Deno.
  if (!shown && socket.remoteAddress !== undefined) requireSupport('readHttpConnection', syscall);
  if (fd === 'not-open' || socket.connecting) throw notOpenYet(syscall, 'the net.Socket is not connected');
  if (shown) return fd;
  if (isTLS(socket)) throw notASocket(syscall, 'the stream under this TLS socket');
  throw notOpenYet(syscall, 'the net.Socket is not connected');
}

/** Without loading tls: only a TLSSocket has this property. */
function isTLS(socket: Socket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

/** Reads an object's `fd` once, so that the check and the system call get the same value. */
function locateObject(target: unknown, syscall: string): number {
  if (typeof target !== 'object' || target === null || !('fd' in target)) {
    requireNetServer(target, syscall);
    throw notATarget(target);
  }
  const { fd } = target;
  const descriptor: unknown = typeof fd === 'function' ? Reflect.apply(fd, target, []) : fd;
  if (typeof descriptor !== 'number') throw invalidArgType('target.fd', 'a number', descriptor);
  if (Number.isInteger(descriptor) && descriptor < 0) {
    requireDescriptors(syscall);
    throw closed(syscall, `fd is ${descriptor}`);
  }
  return checkDescriptor('target.fd', descriptor, syscall);
}

function notATarget(target: unknown): TypeError {
  const advice = frameworkAdvice(target);
  return invalidArgType('target', advice === undefined ? EXPECTED : `${EXPECTED}; ${advice}`, target);
}

/** A framework's object looks like a server, so the message names what to pass instead. */
export function frameworkAdvice(target: unknown): string | undefined {
  if (typeof target !== 'object' && typeof target !== 'function') return undefined;
  if (target === null || !('listen' in target || 'server' in target || 'listener' in target))
    return undefined;
  if ('server' in target && target.server instanceof Server) return 'pass its server: app.server';
  if ('listener' in target && target.listener instanceof Server) return 'pass its server: server.listener';
  if ('callback' in target) return 'pass http.createServer(app.callback()) and let that listen';
  return 'pass http.createServer(app) and let that listen';
}
