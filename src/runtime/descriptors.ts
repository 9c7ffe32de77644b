/**
 * The descriptor behind one of Node's objects. `_handle` is only read, for its `fd`; if a runtime doesn't show it,
 * libuv's handle for the object is searched for.
 */
import type net from 'node:net';
import { Server, Socket } from 'node:net';
import { addon } from '../kernel/addon';
import { openFailed } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';

/** 'not-open': there is no socket yet, or no longer. 'hidden': it exists but isn't visible in this process. */
export type Located = number | 'not-open' | 'hidden';

interface Handle {
  readonly fd?: unknown;
  hasRef?(): boolean;
}

function handleOf(target: object): Handle | null | undefined {
  return (target as { _handle?: Handle | null })._handle;
}

/** The descriptor of a listening server. 'hidden' in a cluster worker whose primary holds the socket, and in Deno. */
export function serverDescriptor(server: net.Server): Located {
  const handle = handleOf(server);
  if (handle === null) return 'not-open';
  // An object without `fd` stands for the primary's socket.
  if (handle !== undefined) {
    const { fd } = handle;
    if (typeof fd !== 'number') return 'hidden';
    if (isShown(fd)) return fd;
  }
  return server.listening ? throughLibuv(server, Server.prototype) : 'not-open';
}

/** What a server listens on; null for a path. @throws {SystemError} if the kernel doesn't say. */
export function serverAddress(server: net.Server): net.AddressInfo | null {
  try {
    const address = server.address();
    return typeof address === 'string' ? null : address;
  } catch (error) {
    const { code }: { code?: unknown } = Object(error);
    throw openFailed(String(code), 'listen', 'the address of the socket cannot be read');
  }
}

/** Whether a listening server keeps the process alive; true if the runtime doesn't say. */
export function isRefed(server: net.Server): boolean {
  return handleOf(server)?.hasRef?.() ?? true;
}

/** The descriptor of a net.Socket; negative if its handle has no socket, such as over another stream. */
export function streamDescriptor(socket: net.Socket): Located {
  const handle = handleOf(socket);
  if (handle === null || handle === undefined) return 'not-open';
  const { fd } = handle;
  return typeof fd === 'number' && isShown(fd) ? fd : throughLibuv(socket, Socket.prototype);
}

/** Whether it was sent to another process: Node takes its handle, and it never closes (internal/child_process). */
export function isSent(connection: net.Socket): boolean {
  return handleOf(connection) === null && !connection.destroyed;
}

/** Whether Node's number is the descriptor; if sockets have none, libuv returns -1 for each (src/win). */
export function isShown(fd: number): boolean {
  return fd >= 0 || currentPlatform().hasDescriptors;
}

/** Takes Node's own methods, because an override may act on more than one socket. */
export function throughLibuv(target: object, { ref, unref }: { ref(): unknown; unref(): unknown }): Located {
  const fd = addon().findDescriptor(target, ref, unref);
  return fd < 0 ? 'hidden' : fd;
}
