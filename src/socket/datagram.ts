/** Binds a udp6 socket with a chosen IPV6_V6ONLY. */
import type dgram from 'node:dgram';
import { TYPE } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { forbidReuse, openDatagram, setDescriptor, verifyBound } from '../kernel/descriptor';
import { closed, notIPv6, SystemError } from '../kernel/errors';
import { appendToMessage, explain, explainBind } from '../kernel/explain';
import { invalidArgValue } from '../kernel/node-errors';
import { currentPlatform, requireDescriptors } from '../kernel/platforms';
import { adviseOn, requireIPv4WildcardFree } from '../machine/conflicts';
import { isClusterWorker } from '../runtime/cluster';
import {
  askForIPv6Only,
  canInterceptDatagram,
  createdIPv6Only,
  type DatagramBind,
  datagramDescriptor,
  interceptDatagram,
} from '../runtime/datagrams';
import type { Located } from '../runtime/descriptors';
import { guardEmit } from '../runtime/emitter';
import { UV_UDP_IPV6ONLY, UV_UDP_REUSEADDR, UV_UDP_REUSEPORT } from '../runtime/flags';
import { interceptHiddenBind } from '../runtime/hidden-datagrams';
import { networkDenied } from '../runtime/permission';
import { hide } from '../runtime/property';
import { requireSupport } from '../runtime/support';
import { descriptorOfPrimary } from './given';

/** The state of a udp6 socket, shared by all copies of the package. */
interface DatagramRecord {
  v6Only?: boolean;
  /** For the wildcard, if only the process's policy decides. */
  policy?: boolean;
  /** The `ipv6Only` passed to `createSocket`. */
  readonly created: boolean | undefined;
  /** Why the last bind was refused. */
  refusal: SystemError | null;
  state: 'unbound' | 'listening' | 'given-back';
}

const RECORD = Symbol.for('v6only.datagram.1');

function recallDatagram(socket: dgram.Socket): DatagramRecord | undefined {
  return Reflect.get(socket, RECORD);
}

/** What `setV6Only` chose for a udp6 socket. */
export function keptForDatagram(socket: dgram.Socket): boolean | undefined {
  return recallDatagram(socket)?.v6Only;
}

/**
 * Sets the option if the socket has a descriptor, otherwise when Node opens one.
 * @throws {SystemError} `closed`, `not-ipv6`, `already-bound`, `unsupported-runtime`.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for false on a socket created with `ipv6Only: true`.
 */
export function setDatagram(socket: dgram.Socket, v6Only: boolean): void {
  requireSupport('chooseDatagram', 'setsockopt');
  const fd = locateDatagram(socket, 'setsockopt');
  if (isUdp4(socket)) throw notUdp6('setsockopt');
  if (!v6Only && (recallDatagram(socket)?.created ?? createdIPv6Only(socket))) {
    const problem = 'contradicts the ipv6Only: true that the socket was created with';
    throw invalidArgValue('v6Only', v6Only, problem);
  }
  if (typeof fd === 'number') setDescriptor(fd, v6Only);
  rememberDatagram(socket).v6Only = v6Only;
}

/** Sets the process's policy: it decides for the wildcard if nothing else was chosen. */
export function setDatagramPolicy(socket: dgram.Socket, v6Only: boolean): void {
  if (!isUdp4(socket) && createdIPv6Only(socket) === undefined) rememberDatagram(socket).policy = v6Only;
}

/** Returns the socket's record; the first time, hooks into how it is opened. */
function rememberDatagram(socket: dgram.Socket): DatagramRecord {
  const known = recallDatagram(socket);
  if (known !== undefined) return known;
  const record: DatagramRecord = {
    created: createdIPv6Only(socket),
    refusal: null,
    state: 'unbound',
  };
  joinBind(socket, record);
  guardEmit(socket, (event, args) => lets(socket, record, event, args));
  hide(socket, RECORD, record);
  return record;
}

function joinBind(socket: dgram.Socket, record: DatagramRecord): void {
  const intercept = canInterceptDatagram(socket) ? interceptDatagram : interceptHiddenBind;
  intercept(socket, {
    called: (args) => askPrimary(socket, record, args),
    beforeBind: (bind, adopt) => {
      record.refusal = prepare(record, bind, adopt);
      return record.refusal ?? flagsFor(record, bind);
    },
    beforeAdopt: (fd) => {
      if (record.v6Only === undefined) return;
      requireDescriptors('bind');
      setDescriptor(fd, record.v6Only);
    },
    explain: (error) => explainDatagram(error, record.refusal),
  });
}

/** The value for a bind to this address; undefined if none was requested. */
function valueFor({ v6Only, policy }: DatagramRecord, address: unknown): boolean | undefined {
  const wildcard = typeof address !== 'string' || address === '' || isIPv6Wildcard(address);
  return v6Only ?? (wildcard ? policy : undefined);
}

/**
 * In a cluster worker the primary opens the socket. Node can pass on that it must be IPv6-only, but not that it must
 * not be; the result is read back.
 */
function askPrimary(socket: dgram.Socket, record: DatagramRecord, args: readonly unknown[]): Error | null {
  if (!isClusterWorker()) return null;
  const [port, second] = args;
  const options: { fd?: unknown; address?: unknown; exclusive?: unknown } = Object(port);
  if (options.exclusive === true) return null;
  const value = valueFor(record, typeof second === 'string' ? second : options.address);
  if (value === undefined) return null;
  if (typeof options.fd === 'number' && options.fd >= 0) return descriptorOfPrimary();
  askForIPv6Only(socket, value || record.created === true);
  return null;
}

/** Whether an event reaches the listeners. */
function lets(
  socket: dgram.Socket,
  record: DatagramRecord,
  event: string | symbol,
  [error]: readonly unknown[],
): boolean {
  if (event === 'listening') return isAsAsked(socket, record);
  if (event === 'error' && record.state === 'unbound') explainDatagram(error, record.refusal);
  return !(event === 'close' && record.state === 'given-back');
}

/** Checks the bound socket, whichever code opened it; closes it if it isn't what was requested. */
function isAsAsked(socket: dgram.Socket, record: DatagramRecord): boolean {
  try {
    const fd = datagramDescriptor(socket);
    const value = record.v6Only ?? valueFor(record, socket.address().address);
    if (typeof fd === 'number' && value !== undefined) verifyBound(fd, value, 'bind');
    record.state = 'listening';
    return true;
  } catch (error) {
    explainBind(error);
    record.state = 'given-back';
    socket.close();
    process.nextTick(() => socket.emit('error', error));
    return false;
  }
}

/**
 * The descriptor of a udp socket.
 * @throws {SystemError} `closed`, `unsupported-runtime`.
 */
export function locateDatagram(socket: dgram.Socket, syscall: string): Located {
  requireSupport('readDatagram', syscall);
  const fd = datagramDescriptor(socket);
  if (fd === 'closed') throw closed(syscall, 'the dgram socket was closed');
  return fd;
}

export function isUdp4(socket: dgram.Socket): boolean {
  return 'type' in socket && socket.type === 'udp4';
}

export function notUdp6(syscall: string): SystemError {
  return notIPv6(syscall, 'the socket is udp4; create a udp6 one');
}

/** Opens the socket with the option; null if Node may continue. */
function prepare(
  record: DatagramRecord,
  bind: DatagramBind,
  adopt: (fd: number) => number,
): SystemError | null {
  const v6Only = valueFor(record, bind.address);
  // Node itself refuses, and nothing may be opened before it does.
  if (v6Only === undefined || networkDenied()) return null;
  try {
    requireNoIPv4Wildcard(v6Only, bind);
    if (!currentPlatform().hasDescriptors) return null;
    if (bind.fd >= 0) setDescriptor(bind.fd, v6Only);
    // The descriptor may come from an earlier bind that failed after adopting it.
    forbidReuse(bind.fd >= 0 ? bind.fd : openDatagram(v6Only, adopt));
    return null;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // If dgram hides its state, the socket is bound here, not by Node.
    const advice = error.code === 'EADDRINUSE' ? adviseOn(error.code, TYPE.datagram, bind.port) : undefined;
    if (advice !== undefined) appendToMessage(error, advice);
    return error;
  }
}

/** On Windows libuv sets the option by the flag alone, whatever a descriptor that it adopts has (src/win/udp.c). */
function flagsFor(record: DatagramRecord, { address, flags }: DatagramBind): number {
  const v6Only = valueFor(record, address);
  if (v6Only === undefined || currentPlatform().hasDescriptors) return flags;
  return v6Only ? flags | UV_UDP_IPV6ONLY : flags & ~UV_UDP_IPV6ONLY;
}

function requireNoIPv4Wildcard(v6Only: boolean, { address, port, flags }: DatagramBind): void {
  const shared = (flags & (UV_UDP_REUSEADDR | UV_UDP_REUSEPORT)) !== 0;
  if (!v6Only && !shared) requireIPv4WildcardFree({ syscall: 'bind', type: TYPE.datagram, address, port });
}

function explainDatagram(error: unknown, refusal: SystemError | null): void {
  if (refusal !== null) explain(error, refusal.reason, withoutPrefix(refusal));
  else explainBind(error, (code) => adviseOn(code, TYPE.datagram, portOf(error)));
}

/** 0 if a Node call that implicitly bound the socket failed, because its error has no port. */
function portOf(error: unknown): number {
  const { port }: { port?: unknown } = Object(error);
  return typeof port === 'number' ? port : 0;
}

/** Node's message already has the call and the code. */
function withoutPrefix({ message }: SystemError): string {
  return message.replace(/^\w+ \w+: /, '');
}
