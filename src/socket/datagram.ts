/** A udp6 socket that is to be bound with a chosen IPV6_V6ONLY. */
import type dgram from 'node:dgram';
import { TYPE } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { forbidReuse, openDatagram, setDescriptor } from '../kernel/descriptor';
import { closed, explain, explainBind, notIPv6, SystemError, unsupportedRuntime } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { requireIPv4WildcardFree } from '../machine/conflicts';
import {
  canInterceptDatagram,
  createdIPv6Only,
  type DatagramBind,
  datagramDescriptor,
  interceptDatagram,
} from '../runtime/datagrams';
import { UV_UDP_REUSEADDR, UV_UDP_REUSEPORT } from '../runtime/flags';
import { networkDenied } from '../runtime/permission';
import { requireChoice, requireDescriptors } from '../runtime/support';
import { type Remembered, remember } from './remembered';

/**
 * Sets the option where the socket has a descriptor, and otherwise when Node first opens one.
 * @throws {SystemError} `closed`, `not-ipv6`, `already-bound`, `unsupported-runtime`.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for false on a socket created with `ipv6Only: true`.
 */
export function setDatagram(socket: dgram.Socket, v6Only: boolean): void {
  requireChoice('datagrams');
  if (!canInterceptDatagram(socket)) throw unsupportedRuntime('this runtime hides the state of udp sockets');
  const fd = openDescriptor(socket, 'setsockopt');
  if (isUdp4(socket)) throw notUdp6('setsockopt');
  if (!v6Only && createdIPv6Only(socket)) {
    throw invalidArgValue(
      'v6Only',
      v6Only,
      'contradicts the ipv6Only: true that the socket was created with',
    );
  }
  if (fd >= 0) setDescriptor(fd, v6Only);
  interceptSocket(socket).v6Only = v6Only;
}

/** Joins this socket's way of opening, once. */
function interceptSocket(socket: dgram.Socket): Remembered {
  return remember(socket, (memory) => {
    const own: OwnSocket = { opened: false };
    interceptDatagram(socket, {
      beforeBind: (bind, adopt) => prepare(datagramValue(memory, bind.address), own, bind, adopt),
      beforeAdopt: (fd) => void (memory.v6Only !== undefined && setDescriptor(fd, memory.v6Only)),
      explain: explainDatagram,
    });
  });
}

/** Whether the handle has a socket of ours, which it keeps where the bind fails. */
interface OwnSocket {
  opened: boolean;
}

/** A policy for the process: it decides for the wildcard, where nobody else does. */
export function setDatagramPolicy(socket: dgram.Socket, v6Only: boolean): void {
  if (!isUdp4(socket) && createdIPv6Only(socket) === undefined) interceptSocket(socket).policy = v6Only;
}

/** The value for a bind to this address; undefined where nothing was asked. */
export function datagramValue({ v6Only, policy }: Remembered, address: string | null): boolean | undefined {
  return v6Only ?? (address === null || isIPv6Wildcard(address) ? policy : undefined);
}

/**
 * The descriptor, negative before Node has opened one.
 * @throws {SystemError} `closed`.
 */
export function openDescriptor(socket: dgram.Socket, syscall: string): number {
  requireDescriptors('datagrams', syscall);
  const fd = datagramDescriptor(socket);
  if (fd === null) throw closed(syscall, 'the dgram socket was closed');
  return fd;
}

export function isUdp4(socket: dgram.Socket): boolean {
  return 'type' in socket && socket.type === 'udp4';
}

export function notUdp6(syscall: string): SystemError {
  return notIPv6(syscall, 'the socket is udp4; create a udp6 one');
}

/** Opens the socket with the option; null where Node may go on. */
function prepare(
  v6Only: boolean | undefined,
  own: OwnSocket,
  bind: DatagramBind,
  adopt: (fd: number) => number,
): SystemError | null {
  // Node refuses by itself, and nothing may be opened before it does.
  if (v6Only === undefined || networkDenied()) return null;
  try {
    requireNoIPv4Wildcard(v6Only, bind);
    if (bind.fd < 0) openDatagram(v6Only, (fd) => adoptOwn(own, adopt(fd)));
    else setDescriptor(bind.fd, v6Only);
    // Also where an earlier bind got no further than here.
    if (bind.fd >= 0 && own.opened) forbidReuse(bind.fd);
    return null;
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}

function adoptOwn(own: OwnSocket, failed: number): number {
  own.opened = failed === 0;
  return failed;
}

function requireNoIPv4Wildcard(v6Only: boolean, { address, port, flags }: DatagramBind): void {
  const shared = (flags & (UV_UDP_REUSEADDR | UV_UDP_REUSEPORT)) !== 0;
  if (!v6Only && !shared) requireIPv4WildcardFree({ syscall: 'bind', type: TYPE.datagram, address, port });
}

function explainDatagram(error: unknown, refusal: NodeJS.ErrnoException | null): void {
  if (refusal instanceof SystemError) explain(error, refusal.reason, withoutPrefix(refusal));
  else explainBind(error);
}

/** Node's message has the call and the code already. */
function withoutPrefix({ message }: SystemError): string {
  return message.replace(/^\w+ \w+: /, '');
}
