/** A socket as Node has it underneath a server. */
import type net from 'node:net';
import { hide, method } from './property';

export interface Handle {
  readonly fd?: number;
  close(): void;
}

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

interface Client extends Handle {
  getpeername?(out: { port?: number }): number;
}

export type Connection = [error: number, client: Client | undefined];

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

export function deliverHeld(handle: ListenHandle): void {
  const onConnection = method<(...connection: Connection) => void>(handle, 'onconnection');
  for (const connection of held.get(handle) ?? []) onConnection.apply(handle, connection);
  held.delete(handle);
}
