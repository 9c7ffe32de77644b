/**
 * The descriptor behind one of Node's objects. `_handle` is only read, for its `fd`; where a runtime does not show it, the
 * one that libuv has for the object is looked for.
 */
import type net from 'node:net';
import { Server, Socket } from 'node:net';
import { addon } from '../kernel/addon';
import { openFailed } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';

/** 'not-open': there is no socket yet, or no longer. 'hidden': there is one that is not visible in this process. */
export type Located = number | 'not-open' | 'hidden';

interface Handle {
  readonly fd?: unknown;
  hasRef?(): boolean;
}

function handleOf(target: object): Handle | null | undefined {
  return Reflect.get(target, '_handle');
}

/** The descriptor of a listening server. 'hidden' in a cluster worker whose primary has the socket, and in Deno. */
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

/** What a server listens on; null for a path. @throws {SystemError} where the kernel does not tell. */
export function serverAddress(server: net.Server): net.AddressInfo | null {
  try {
    const address = server.address();
    return typeof address === 'string' ? null : address;
  } catch (error) {
    const { code }: { code?: unknown } = Object(error);
    throw openFailed(String(code), 'listen', 'the address of the socket cannot be read');
  }
}

/** Whether a listening server keeps the process alive; yes where the runtime does not tell. */
export function isRefed(server: net.Server): boolean {
  return handleOf(server)?.hasRef?.() ?? true;
}

/** The descriptor of a net.Socket; negative where it has a handle without a socket, as over another stream. */
export function streamDescriptor(socket: net.Socket): Located {
  const handle = handleOf(socket);
  if (handle === null || handle === undefined) return 'not-open';
  const { fd } = handle;
  return typeof fd === 'number' && isShown(fd) ? fd : throughLibuv(socket, Socket.prototype);
}

/** Whether a connection was sent to another process: Node then takes its handle away, and nothing else happens to it. */
export function isSentAway(socket: net.Socket): boolean {
  return handleOf(socket) === null && !socket.destroyed;
}

/** Whether Node's number is the descriptor; where sockets have none, libuv says -1 (src/win) of each. */
export function isShown(fd: number): boolean {
  return fd >= 0 || currentPlatform().hasDescriptors;
}

/** `methods` are Node's own, since an override may refer to more than one socket. */
export function throughLibuv(target: object, { ref, unref }: { ref(): unknown; unref(): unknown }): Located {
  const fd = addon().findDescriptor(target, ref, unref);
  return fd < 0 ? 'hidden' : fd;
}
