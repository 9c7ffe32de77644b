/** How dgram opens and binds a udp socket. */
import type dgram from 'node:dgram';
import { subscribe } from 'node:diagnostics_channel';
import { getSystemErrorName } from 'node:util';
import { SystemError } from '../kernel/errors';
import { isShown, type Located, throughLibuv } from './descriptors';
import { UV_UDP_REUSEADDR } from './flags';
import { hide, method } from './property';

/** Calls `onSocket` for every dgram socket created from now on, through Node's public channel. */
export function interceptEveryDatagram(onSocket: (socket: dgram.Socket) => void): void {
  subscribe('udp.socket', (message) => {
    const { socket }: { socket?: dgram.Socket } = Object(message);
    if (socket !== undefined) onSocket(socket);
  });
}

/** The calls in which libuv binds an unbound socket. */
const MEMBERSHIP = [
  'addMembership',
  'dropMembership',
  'addSourceSpecificMembership',
  'dropSourceSpecificMembership',
] as const;

type MembershipCalls = Record<(typeof MEMBERSHIP)[number], (...args: unknown[]) => unknown>;

/** @returns 0, a negative errno, or an error. */
type Bind = (address: string, port: number, flags: number) => unknown;

interface DatagramHandle extends MembershipCalls {
  readonly fd: number;
  open(fd: number): number;
  bind: Bind;
  bind6: Bind;
}

interface DatagramState {
  handle: DatagramHandle | null;
  ipv6Only?: unknown;
}

function stateOf(socket: dgram.Socket): DatagramState | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((s) => s.description === 'state symbol');
  return symbol === undefined ? undefined : Reflect.get(socket, symbol);
}

/** Checks methods, because loading dgram for `instanceof` costs a program without datagrams half a millisecond. */
export function isDatagramSocket(target: unknown): target is dgram.Socket {
  return (
    typeof target === 'object' && target !== null && 'addMembership' in target && 'setMulticastTTL' in target
  );
}

/** Whether dgram's state can be found (Deno gives the symbol another name). */
export function canInterceptDatagram(socket: dgram.Socket): boolean {
  return stateOf(socket) !== undefined;
}

/** The descriptor of a udp socket; 'closed' when it was closed. */
export function datagramDescriptor(socket: dgram.Socket): Located | 'closed' {
  const state = stateOf(socket);
  if (state === undefined) return findDescriptor(socket);
  if (state.handle === null) return 'closed';
  const { fd } = state.handle;
  if (!isShown(fd)) return findDescriptor(socket);
  return fd < 0 ? 'not-open' : fd;
}

/** If dgram doesn't show it: from the socket's own `address()` and libuv's list of handles. */
function findDescriptor(socket: dgram.Socket): Located | 'closed' {
  try {
    socket.address();
  } catch (error) {
    const { code }: { code?: unknown } = Object(error);
    return code === 'ERR_SOCKET_DGRAM_NOT_RUNNING' ? 'closed' : 'not-open';
  }
  const { Socket }: typeof dgram = require('node:dgram');
  return throughLibuv(socket, Socket.prototype);
}

/** The `ipv6Only` passed to `createSocket`; undefined if there was none. */
export function createdIPv6Only(socket: dgram.Socket): boolean | undefined {
  const ipv6Only = stateOf(socket)?.ipv6Only;
  return ipv6Only === undefined ? undefined : Boolean(ipv6Only);
}

/** Sets what a cluster worker passes to its primary, as if given to `createSocket`. */
export function askForIPv6Only(socket: dgram.Socket, ipv6Only: boolean): void {
  const state = stateOf(socket);
  if (state !== undefined) state.ipv6Only = ipv6Only || undefined;
}

/** How Node is about to bind a udp6 socket; `fd` is negative while the handle has no socket. */
export interface DatagramBind {
  readonly fd: number;
  readonly address: string;
  readonly port: number;
  readonly flags: number;
}

export interface DatagramHooks {
  /** Called during `bind`, with its arguments. @returns an error for Node to report. */
  called(args: readonly unknown[]): Error | null;
  /**
   * Called before Node binds. `adopt` gives the handle a socket.
   * @returns the flags to bind with, or an error for Node to report.
   */
  beforeBind(bind: DatagramBind, adopt: (fd: number) => number): number | SystemError;
  /** Sees an error that Node throws. */
  explain(error: unknown): void;
  /** Called before Node adopts a descriptor passed by the user; `bind` throws whatever this throws. */
  beforeAdopt(fd: number): void;
}

/**
 * Hooks into the way Node opens a udp6 socket. dgram copies `bind6` to `handle.bind`, so bind, bindSync, send and
 * connect all go through it.
 */
export function interceptDatagram(socket: dgram.Socket, hooks: DatagramHooks): void {
  const handle = stateOf(socket)?.handle;
  if (handle === null || handle === undefined) return;
  const { open, bind6 } = handle;
  const adopt = (fd: number): number => open.call(handle, fd);
  // For a handle that shows no descriptor.
  let isBound = false;
  const bind: Bind = (address, port, flags) => {
    const answer = hooks.beforeBind({ fd: handle.fd, address, port, flags }, adopt);
    if (typeof answer !== 'number') return answer;
    const result = bind6.call(handle, address, port, answer);
    isBound ||= result === 0;
    return result;
  };
  const bindFirst = (): unknown => (handle.fd >= 0 || isBound ? 0 : bind('::', 0, UV_UDP_REUSEADDR));
  hide(handle, 'bind', (...args: Parameters<Bind>): unknown => {
    const result = bind(...args);
    return result instanceof SystemError ? result.errno : result;
  });
  hide(handle, 'open', (fd: number): number => {
    hooks.beforeAdopt(fd);
    return adopt(fd);
  });
  for (const name of MEMBERSHIP) interceptMembership(handle, name, bindFirst, hooks);
  explainThrown(socket, 'bindSync', hooks);
  interceptBind(socket, hooks);
}

/** These bind inside libuv, bypassing `handle.bind` (uv_udp_set_membership: `::`, port 0, UV_UDP_REUSEADDR). */
function interceptMembership(
  handle: DatagramHandle,
  name: keyof MembershipCalls,
  bindFirst: () => unknown,
  hooks: DatagramHooks,
): void {
  const change = handle[name];
  hide(handle, name, (...args: unknown[]): unknown => {
    const result = bindFirst();
    if (result === 0) return change.apply(handle, args);
    // Our own refusal; Node 25 and later also return a permission-model error instead of a number.
    throw typeof result === 'number' ? explained(result, name, hooks) : result;
  });
}

/** The error that Node would create for a number returned by `syscall`. */
function explained(errno: number, syscall: string, hooks: DatagramHooks): Error {
  const code = getSystemErrorName(errno);
  const error = Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
  hooks.explain(error);
  return error;
}

/** `bind(handle)` replaces the intercepted handle with another; a cluster worker requests one. */
function interceptBind(socket: dgram.Socket, hooks: DatagramHooks): void {
  const next = method<(...args: unknown[]) => unknown>(socket, 'bind');
  hide(socket, 'bind', function bind(this: unknown, ...args: unknown[]): unknown {
    const { fd, recvStart }: { fd?: unknown; recvStart?: unknown } = Object(args[0]);
    if (typeof recvStart === 'function' && typeof fd === 'number' && isShown(fd)) hooks.beforeAdopt(fd);
    const refusal = hooks.called(args);
    if (refusal === null) return next.apply(this, args);
    process.nextTick(() => socket.emit('error', refusal));
    return socket;
  });
}

/** Lets `explain` see what a method throws, if the runtime has that method. */
function explainThrown(target: object, name: string, hooks: DatagramHooks): void {
  const next = method<((...args: unknown[]) => unknown) | undefined>(target, name);
  if (next === undefined) return;
  hide(target, name, function (this: unknown, ...args: unknown[]): unknown {
    try {
      return next.apply(this, args);
    } catch (error) {
      hooks.explain(error);
      throw error;
    }
  });
}
