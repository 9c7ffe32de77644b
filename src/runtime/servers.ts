/** How Node listens, and where it lets others take part. */
import { subscribe } from 'node:diagnostics_channel';
import type net from 'node:net';
import { Server } from 'node:net';
import { cannotChange } from '../kernel/node-errors';
import type { Handle, ListenHandle } from './handles';
import { hide, method, ownMethod, replaceMethod } from './property';

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

/** Makes a socket the one that this server is about to listen with. */
export function giveHandle(server: net.Server, handle: ListenHandle): void {
  if (!Reflect.set(server, '_handle', handle)) throw cannotChange('server', server, '_handle');
}

/** The opposite, for a socket that is closed by now. */
export function takeHandleBack(server: net.Server, handle: ListenHandle): void {
  if (listensWith(server, handle)) Reflect.set(server, '_handle', null);
}

/** Whether this is the socket that the server listens with now. */
export function listensWith(server: net.Server, handle: ListenHandle): boolean {
  return (server as InternalServer)._handle === handle;
}
