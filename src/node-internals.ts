/**
 * The one file that knows Node's internals: `_handle`, `_listen2` and `_listeningId` of net.Server, the state
 * symbol of dgram, `_getServer` of cluster. Everything else asks here. The names are the same in Node 20 to 26
 * (lib/net.js, lib/dgram.js, lib/internal/cluster/child.js); a runtime that lacks one is told so at the call.
 */
import type dgram from 'node:dgram';
import { channel, subscribe } from 'node:diagnostics_channel';
import { type EventEmitter, errorMonitor } from 'node:events';
import type net from 'node:net';
import { Server } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { IPFamily } from './addon';
import { cannotChange } from './errors';

/** Bits of `flags` (uv.h: enum uv_tcp_flags, enum uv_udp_flags); the first is that of both. */
const UV_IPV6ONLY = 1;
export const UV_TCP_REUSEPORT = 2;
/** Deno's own, where the one before it says IPv6 only (`constants` of its tcp_wrap; measured on Deno 2.9). */
export const DENO_TCP_REUSEPORT = 4;
export const UV_UDP_REUSEADDR = 4;
export const UV_UDP_REUSEPORT = 512;

/** Sets or clears the bit that libuv turns into setsockopt before bind; reusePort's bit stays. */
export function withIPv6Only(flags: number | null | undefined, v6Only: boolean): number {
  return ((flags ?? 0) & ~UV_IPV6ONLY) | (v6Only ? UV_IPV6ONLY : 0);
}

/** libuv's number for "no socket yet", and any other negative one, is not a descriptor. */
const NO_DESCRIPTOR = -1;

interface Handle {
  readonly fd?: number;
  close(): void;
}

/** What Node binds to, after it has parsed the arguments of `listen`, looked a name up and decided on cluster. */
export interface BindRequest {
  readonly address: string | null;
  readonly port: number | null;
  /** 4 or 6; -1 for a path and for a handle; null for a descriptor. */
  readonly addressType: number | null;
  readonly backlog: number | undefined;
  /** Deno says null where Node says undefined. */
  readonly fd: number | null | undefined;
  readonly flags: number | undefined;
}

/** Node's number for a family. */
export function addressType(family: IPFamily): number {
  return family === 'IPv6' ? 6 : 4;
}

type Listen2 = (
  this: net.Server,
  address: BindRequest['address'],
  port: BindRequest['port'],
  addressType: BindRequest['addressType'],
  backlog?: number,
  fd?: number | null,
  flags?: number,
) => void;

type InternalServer = net.Server & { _handle: Handle | null; _listeningId?: number; _listen2?: Listen2 };

function method<F>(target: object, name: string): F {
  return Reflect.get(target, name);
}

/** An own property that no spread or `Object.keys` meets, unless there was one before, and that anybody may replace. */
function hide(target: object, name: string, value: unknown): void {
  const enumerable = Object.hasOwn(target, name) && Object.prototype.propertyIsEnumerable.call(target, name);
  const property = { value, writable: true, configurable: true, enumerable };
  if (!Reflect.defineProperty(target, name, property)) throw cannotChange('target', target, name);
}

// --- servers ---

/** The descriptor of a listening server; null when it is not listening, undefined where Node shows none. */
export function serverDescriptor(server: net.Server): number | null | undefined {
  const handle = (server as InternalServer)._handle;
  return handle === null || handle === undefined ? null : handle.fd;
}

/** Gives the socket of a server back without a 'close' event, as Node does when listening fails. */
export function dropServerSocket(server: net.Server): void {
  const internal = server as InternalServer;
  internal._handle?.close();
  internal._handle = null;
}

/** Changes with every `listen()` and `close()`: Node's own mark of a listen that another one superseded. */
export function listenGeneration(server: net.Server): number | undefined {
  return (server as InternalServer)._listeningId;
}

/** Whether Node's way of listening can be joined here (Bun has no `_listen2`). */
export function canInterceptBind(server: net.Server): boolean {
  return typeof (server as InternalServer)._listen2 === 'function';
}

/**
 * Calls `onBind` whenever this server is about to get its socket, whoever called `listen` and how. `proceed`
 * is Node's own part; a request that is not passed to it binds nothing.
 */
export function interceptBind(
  server: net.Server,
  onBind: (request: BindRequest, proceed: (request: BindRequest) => void) => void,
): void {
  const before = ownMethod<Listen2>(server, '_listen2');
  const listen2: Listen2 = (address, port, addressType, backlog, fd, flags) => {
    const next = before ?? method<Listen2>(Object.getPrototypeOf(server), '_listen2');
    onBind({ address, port, addressType, backlog, fd, flags }, (r) =>
      next.call(server, r.address, r.port, r.addressType, r.backlog, r.fd, r.flags),
    );
  };
  hide(server, '_listen2', listen2);
  // Of a proxy, which may say that it has changed and not change.
  if (!Object.hasOwn(server, '_listen2')) throw cannotChange('server', server, '_listen2');
}

/** Lets `onListen` see the user's own arguments first; what it throws, `listen` throws. */
export function interceptListen(server: net.Server, onListen: (args: readonly unknown[]) => void): void {
  type Listen = (...args: unknown[]) => unknown;
  const before = ownMethod<Listen>(server, 'listen');
  hide(server, 'listen', function listen(this: unknown, ...args: unknown[]): unknown {
    onListen(args);
    const next = before ?? method<Listen>(Object.getPrototypeOf(server), 'listen');
    return next.apply(this, args);
  });
}

/** What the arguments of a `listen` said, after all subclasses and wrappers. */
export interface ListenArguments {
  readonly host?: unknown;
  readonly ipv6Only?: unknown;
}

const listenArguments = new WeakMap<object, ListenArguments>();

// Published in the moment Node begins a listen. Heard from the start, for a listen that is under way when the first
// value is chosen; by then Node remembers the name that it looks up nowhere else.
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { server, options }: { server?: object; options?: ListenArguments } = Object(message);
  if (server === undefined || options === undefined) return;
  const { host, ipv6Only } = options;
  // Most say nothing of either, and looking is cheaper than keeping that.
  if (host !== undefined || ipv6Only !== undefined) listenArguments.set(server, { host, ipv6Only });
  else if (listenArguments.has(server)) listenArguments.delete(server);
});

/** What the `listen` that is under way was told; nothing where there was none. */
export function argumentsOfListen(server: net.Server): ListenArguments {
  return listenArguments.get(server) ?? {};
}

/** As `interceptBind`, for every server of the process. The function keeps its name and length. */
export function interceptEveryBind(
  onBind: (server: net.Server, request: BindRequest, proceed: (request: BindRequest) => void) => void,
): void {
  replaceMethod<Listen2>(Server.prototype, '_listen2', (next) => {
    return function (address, port, addressType, backlog, fd, flags) {
      onBind(this, { address, port, addressType, backlog, fd, flags }, (r) =>
        next.call(this, r.address, r.port, r.addressType, r.backlog, r.fd, r.flags),
      );
    };
  });
}

/** Replaces a method in place: enumerable as before, with the same name and length. */
function replaceMethod<F extends (...args: never[]) => unknown>(
  target: object,
  name: string,
  make: (next: F) => F,
): void {
  const next = method<F>(target, name);
  const replacement = make(next);
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(replacement, key, { value: next[key], configurable: true });
  }
  Reflect.set(target, name, replacement);
}

/** Calls `onSocket` for every dgram socket that is created from now on (the channel is Node's public one). */
export function interceptEveryDatagram(onSocket: (socket: dgram.Socket) => void): void {
  subscribe('udp.socket', (message) => {
    const { socket }: { socket?: dgram.Socket } = Object(message);
    if (socket !== undefined) onSocket(socket);
  });
}

function ownMethod<F>(target: object, name: string): F | undefined {
  return Object.hasOwn(target, name) ? method<F>(target, name) : undefined;
}

// --- several sockets for one server ---

/** A socket that is bound or listening but belongs to no server yet. */
export interface ListenHandle extends Handle {
  listen(backlog: number): number;
  getsockname?(out: { port?: number }): number;
  ref(): void;
  unref(): void;
}

type CreateHandle = (
  address: string | null,
  port: number | null,
  addressType: number | null,
  fd: number | undefined,
  flags: number,
) => ListenHandle | number;

/** Node's own opening and binding of a TCP socket; a negative errno where that fails. */
export function createListenHandle(
  address: string,
  port: number,
  family: number,
  flags: number,
): ListenHandle | number {
  return createHandle()(address, port, family, undefined, flags);
}

/** A handle around a bound descriptor, with no server and no cluster between; a negative errno where that fails. */
export function adoptListenHandle(fd: number): ListenHandle | number {
  return createHandle()(null, null, null, fd, 0);
}

function createHandle(): CreateHandle {
  const module: typeof net = require('node:net');
  return method(module, '_createServerHandle');
}

/** The port of a bound socket. libuv reports a failed bind here too (its delayed EADDRINUSE). */
export function portOfHandle(handle: ListenHandle): number {
  const out: { port?: number } = {};
  const failed = handle.getsockname?.(out) ?? 0;
  return failed < 0 ? failed : (out.port ?? 0);
}

/**
 * Node listens on every handle it is given. On one that listens already that would be a second chance to fail, when
 * its error can only be emitted.
 */
export function skipNextListen(handle: ListenHandle): void {
  hide(handle, 'listen', () => {
    Reflect.deleteProperty(handle, 'listen');
    return 0;
  });
}

/**
 * Node asks a socket from a cluster primary for its port (lib/net.js, checkBindError). Of one whose port is known that
 * would be a second chance to fail, and Node would not close it.
 */
export function takeWithPort(handle: ListenHandle, port: number, take: () => void): void {
  // Under round-robin the answer came with the handle.
  if (handle.fd === undefined) return take();
  const forget = () => Reflect.deleteProperty(handle, 'getsockname');
  hide(handle, 'getsockname', (out: { port?: number }): number => {
    forget();
    out.port = port;
    return 0;
  });
  take();
  forget();
}

/** Makes a socket the one that this server is about to listen with. */
export function giveHandle(server: net.Server, handle: ListenHandle): void {
  if (!Reflect.set(server, '_handle', handle)) throw cannotChange('server', server, '_handle');
}

/** The opposite, for a socket that is closed by now. */
export function takeHandleBack(server: net.Server, handle: ListenHandle): void {
  if (listensWith(server, handle)) Reflect.set(server, '_handle', null);
}

interface Client extends Handle {
  getpeername?(out: { port?: number }): number;
}

type Connection = [error: number, client: Client | undefined];

const held = new WeakMap<Handle, Connection[]>();

/** Keeps the connections of a socket that accepts already, until its server is ready for them. */
export function holdConnections(handle: ListenHandle, onPeer?: (port: number) => void): void {
  const connections: Connection[] = [];
  held.set(handle, connections);
  Reflect.set(handle, 'onconnection', (...connection: Connection) => {
    connections.push(connection);
    onPeer?.(portOfPeer(connection[1]));
  });
}

function portOfPeer(client: Client | undefined): number {
  const out: { port?: number } = {};
  client?.getpeername?.(out);
  return out.port ?? 0;
}

/** Closes a socket that no server took. */
export function discardHandle(handle: ListenHandle): void {
  for (const [, client] of held.get(handle) ?? []) client?.close();
  held.delete(handle);
  handle.close();
}

function deliverHeld(handle: ListenHandle): void {
  const onConnection = method<(...connection: Connection) => void>(handle, 'onconnection');
  for (const connection of held.get(handle) ?? []) onConnection.apply(handle, connection);
  held.delete(handle);
}

/** Whether this is the socket that the server listens with now. */
export function listensWith(server: net.Server, handle: ListenHandle): boolean {
  return (server as InternalServer)._handle === handle;
}

/** The one of Node's handles (lib/internal/async_hooks.js). */
let ownerSymbol: symbol | undefined;

/**
 * Lets a listening server accept from more sockets. Node's `onconnection` finds the server through a symbol on the
 * handle that calls it, so a connection from any of them counts, is configured and is emitted alike. The sockets
 * are closed, ref'ed and unref'ed with the server's own one, whoever does that.
 */
export function attachHandles(server: net.Server, others: readonly ListenHandle[]): void {
  const { _handle: main, _unref: unref } = server as net.Server & { _handle: ListenHandle; _unref?: boolean };
  ownerSymbol ??= Object.getOwnPropertySymbols(main).find((symbol) => symbol.description === 'owner_symbol');
  for (const other of others) {
    // Looked up at each connection: who wraps the one of the server's own socket sees all of them.
    Reflect.set(other, 'onconnection', function (this: ListenHandle, ...connection: Connection): void {
      method<(...connection: Connection) => void>(main, 'onconnection').apply(this, connection);
    });
    if (ownerSymbol !== undefined) Reflect.set(other, ownerSymbol, server);
    if (unref) other.unref();
  }
  for (const name of ['close', 'ref', 'unref'] as const) {
    const own = main[name];
    hide(main, name, (...args: []) => {
      for (const other of others) other[name]();
      return own.apply(main, args);
    });
  }
  // After 'listening', which Node has put into this tick's queue.
  process.nextTick(() => {
    for (const handle of [main, ...others]) deliverHeld(handle);
  });
}

/**
 * Lets `change` see the error that Node emits before this tick's queue has run, without counting as a listener
 * for it: Node emits a failed listen from process.nextTick, a failed udp bind at once.
 */
export function beforeErrorOfThisTick(emitter: EventEmitter, change: (error: unknown) => void): void {
  emitter.once(errorMonitor, change);
  process.nextTick(() => emitter.removeListener(errorMonitor, change));
}

const listenFailed = channel('tracing:net.server.listen:error');

/** Reports an error of ours as Node reports a failed listen: to the diagnostics channel, and as an event. */
export function failListen(server: net.Server, error: Error): void {
  if (listenFailed.hasSubscribers) listenFailed.publish({ server, error });
  process.nextTick(() => server.emit('error', error));
}

// --- sockets ---

/** The descriptor of a net.Socket; null when it has no handle, negative when the handle has no socket. */
export function streamDescriptor(socket: net.Socket): number | null {
  const handle = (socket as net.Socket & { _handle?: Handle | null })._handle;
  return handle === null || handle === undefined ? null : (handle.fd ?? NO_DESCRIPTOR);
}

// --- dgram ---

/** The calls of which libuv binds an unbound socket first. */
const MEMBERSHIP = [
  'addMembership',
  'dropMembership',
  'addSourceSpecificMembership',
  'dropSourceSpecificMembership',
] as const;

type MembershipCalls = Record<(typeof MEMBERSHIP)[number], (...args: unknown[]) => unknown>;

interface DatagramHandle extends Handle, MembershipCalls {
  readonly fd: number;
  open(fd: number): number;
  bind(address: string, port: number, flags: number): unknown;
  bind6(address: string, port: number, flags: number): unknown;
}

interface DatagramState {
  handle: DatagramHandle | null;
  ipv6Only?: unknown;
  bindState: number;
}

/** BIND_STATE_UNBOUND of lib/dgram.js. */
const UNBOUND = 0;

function datagramState(socket: dgram.Socket): DatagramState | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((s) => s.description === 'state symbol');
  return symbol === undefined ? undefined : Reflect.get(socket, symbol);
}

/** By its methods, since loading dgram to ask `instanceof` costs a program without datagrams half a millisecond. */
export function isDatagramSocket(target: unknown): target is dgram.Socket {
  return (
    typeof target === 'object' && target !== null && 'addMembership' in target && 'setMulticastTTL' in target
  );
}

/** Whether dgram keeps its state where it can be found (Deno names the symbol otherwise). */
export function canInterceptDatagram(socket: dgram.Socket): boolean {
  return datagramState(socket) !== undefined;
}

/** The descriptor of a udp socket; null when it was closed, negative when Node has not opened it yet. */
export function datagramDescriptor(socket: dgram.Socket): number | null {
  return datagramState(socket)?.handle?.fd ?? null;
}

/** What `createSocket` was told about `ipv6Only`; undefined where it was told nothing. */
export function createdIPv6Only(socket: dgram.Socket): boolean | undefined {
  const ipv6Only = datagramState(socket)?.ipv6Only;
  return ipv6Only === undefined ? undefined : Boolean(ipv6Only);
}

/** Puts a socket whose bind failed outside Node's own code back to where `bind` can be called again. */
export function markUnbound(socket: dgram.Socket): void {
  const state = datagramState(socket);
  if (state !== undefined) state.bindState = UNBOUND;
}

/** What Node is about to do with a udp6 socket; `fd` is negative while the handle has no socket. */
export interface DatagramBind {
  readonly fd: number;
  readonly address: string;
  readonly port: number;
  readonly flags: number;
}

export interface DatagramHooks {
  /** Before Node binds. `adopt` gives the handle a socket; an error that is returned is Node's to report. */
  beforeBind(bind: DatagramBind, adopt: (fd: number) => number): NodeJS.ErrnoException | null;
  /** Sees Node's error of a failed bind before the user does, with what `beforeBind` returned. */
  explain(error: unknown, refusal: NodeJS.ErrnoException | null): void;
  /** Before Node adopts a descriptor of the user's; what it throws, `bind` throws. */
  beforeAdopt(fd: number): void;
}

/**
 * Joins Node's own way of opening a udp6 socket. dgram copies `bind6` to `handle.bind`, so that is where bind,
 * bindSync, send and connect pass. The membership calls bind inside libuv, past that seam (uv_udp_set_membership:
 * to `::` and port 0 with UV_UDP_REUSEADDR), so that is done here for them.
 */
export function interceptDatagram(socket: dgram.Socket, hooks: DatagramHooks): void {
  const handle = datagramState(socket)?.handle;
  if (handle === null || handle === undefined) return;
  const { open, bind6 } = handle;
  const adopt = (fd: number): number => open.call(handle, fd);
  let refusal: NodeJS.ErrnoException | null = null;
  const explain = (error: unknown): void => hooks.explain(error, refusal);

  const bind = (address: string, port: number, flags: number): unknown => {
    refusal = hooks.beforeBind({ fd: handle.fd, address, port, flags }, adopt);
    return refusal === null ? bind6.call(handle, address, port, flags) : refusal.errno;
  };
  hide(handle, 'bind', (address: string, port: number, flags: number): unknown => {
    const result = bind(address, port, flags);
    // bind() emits the error before this tick ends; bindSync() throws it instead.
    if (result !== 0) beforeErrorOfThisTick(socket, explain);
    return result;
  });
  hide(handle, 'open', (fd: number): number => {
    hooks.beforeAdopt(fd);
    return adopt(fd);
  });
  for (const name of MEMBERSHIP) {
    const change = handle[name];
    hide(handle, name, (...args: unknown[]): unknown => {
      const result = handle.fd < 0 ? bind('::', 0, UV_UDP_REUSEADDR) : 0;
      if (refusal !== null && result !== 0) throw refusal;
      if (typeof result === 'number' && result !== 0) throw explained(result, name, explain);
      // Node 25 and later return an error of the permission model instead of a number.
      if (result !== 0) throw result;
      return change.apply(handle, args);
    });
  }
  explainThrown(socket, 'bindSync', explain);
  interceptBoundHandle(socket, hooks);
}

/** The error that Node would make of a number that `syscall` returned. */
function explained(errno: number, syscall: string, explain: (error: unknown) => void): Error {
  const code = getSystemErrorName(errno);
  const error = Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
  explain(error);
  return error;
}

/** `bind(handle)` puts another handle in the place of the intercepted one. */
function interceptBoundHandle(socket: dgram.Socket, hooks: DatagramHooks): void {
  const next = method<(...args: unknown[]) => unknown>(socket, 'bind');
  hide(socket, 'bind', function bind(this: unknown, ...args: unknown[]): unknown {
    const { fd, recvStart }: { fd?: unknown; recvStart?: unknown } = Object(args[0]);
    if (typeof recvStart === 'function' && typeof fd === 'number') hooks.beforeAdopt(fd);
    return next.apply(this, args);
  });
}

/** Lets `explain` see what a method throws, where the runtime has that method. */
function explainThrown(target: object, name: string, explain: (error: unknown) => void): void {
  const next = method<((...args: unknown[]) => unknown) | undefined>(target, name);
  if (next === undefined) return;
  hide(target, name, function (this: unknown, ...args: unknown[]): unknown {
    try {
      return next.apply(this, args);
    } catch (error) {
      explain(error);
      throw error;
    }
  });
}

// --- cluster ---

/** What a worker asks the primary for. `addressType` is 4, 6 or -1 for TCP and 'udp4' or 'udp6' for UDP. */
export interface PrimaryQuery {
  address: string | null;
  port: number | null;
  addressType: number | string | null;
  fd?: number;
  flags?: number | null;
  backlog?: number;
}

/** `error` is 0 or a negative errno; without a handle there is always an error. */
export type PrimaryReply = (error: number, handle: ListenHandle | null | undefined) => void;

type GetServer = (owner: object, query: PrimaryQuery, reply: PrimaryReply) => void;

function clusterModule(): typeof import('node:cluster').default {
  return require('node:cluster');
}

/** Whether servers of this process share the sockets of a cluster primary. */
export function isClusterWorker(): boolean {
  // A worker has a channel to its primary; without one, cluster need not be loaded to be asked.
  return process.send !== undefined && clusterModule().isWorker;
}

/**
 * Someone to ask the primary in a server's place, so that nothing is left on the server when it fails. Node hands
 * it the server's TLS ticket keys, and waits for its 'listening' to tell the primary; `announce` is that event.
 */
export function standIn(server: net.Server): { owner: object; announce: () => void } {
  const waiting: (() => void)[] = [];
  const owner = {
    once: (_event: string, listener: () => void) => void waiting.push(listener),
    address: () => server.address(),
    _getServerData: bound(server, '_getServerData'),
    _setServerData: bound(server, '_setServerData'),
  };
  const announce = (): void => {
    for (const listener of waiting) listener();
  };
  return { owner, announce };
}

function bound(server: net.Server, name: string): unknown {
  const own = method<((...args: unknown[]) => unknown) | undefined>(server, name);
  return own?.bind(server);
}

/**
 * Calls `onQuery` for every server and socket of this worker that asks the primary for its socket; `ask` sends
 * the question. Node looks the function up at each call.
 */
export function interceptPrimaryQueries(
  onQuery: (owner: object, query: PrimaryQuery, reply: PrimaryReply, ask: GetServer) => void,
): void {
  const cluster = clusterModule();
  const next = method<GetServer>(cluster, '_getServer');
  const ask: GetServer = (owner, query, reply) => next.call(cluster, owner, query, reply);
  hide(cluster, '_getServer', (owner: object, query: PrimaryQuery, reply: PrimaryReply) =>
    onQuery(owner, query, reply, ask),
  );
}
