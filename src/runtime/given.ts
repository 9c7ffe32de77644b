/** What `listen` accepts instead of a port, checked as in Node (lib/net.js, Server.prototype.listen). */

import { Server } from 'node:net';
import { isShown, serverDescriptor, throughLibuv } from './descriptors';

export interface Given {
  /** 'bound-socket' for what Node takes immediately, regardless of the options. */
  readonly kind: 'bound-socket' | 'handle' | 'descriptor';
  /** Negative if the handle has no socket. */
  readonly fd: number;
}

/** The object that Node would listen on; undefined for a port, a path, and anything without a descriptor. */
export function givenSocket(options: object): Given | undefined {
  const inner = innerOf(options);
  // A server whose handle isn't visible.
  if (inner instanceof Server) {
    const fd = serverDescriptor(inner);
    return typeof fd === 'number' ? { kind: 'bound-socket', fd } : undefined;
  }
  const { fd, listen, close }: { fd?: unknown; listen?: unknown; close?: unknown } = inner;
  // net.BoundSocket, in Node 24.19 and later.
  if (typeof fd === 'function') return { kind: 'bound-socket', fd: Number(Reflect.apply(fd, inner, [])) };
  if (typeof fd !== 'number') return undefined;
  if (typeof listen === 'function' && typeof close === 'function')
    return { kind: 'handle', fd: handleDescriptor(inner, fd) };
  return fd >= 0 ? { kind: 'descriptor', fd } : undefined;
}

/** Node's own handle has `ref` and `unref`. */
function handleDescriptor(handle: object, fd: number): number {
  if (isShown(fd)) return fd;
  const { ref, unref }: { ref?: () => unknown; unref?: () => unknown } = handle;
  const found = ref === undefined || unref === undefined ? fd : throughLibuv(handle, { ref, unref });
  return typeof found === 'number' ? found : fd;
}

function innerOf(options: object): object {
  const inner: unknown = Reflect.get(options, '_handle') || Reflect.get(options, 'handle');
  return typeof inner === 'object' && inner !== null ? inner : options;
}

/** Closes it as Node closes a handle on which listening fails. */
export function closeGiven(options: object): void {
  const inner = innerOf(options);
  const { close }: { close?: unknown } = Object(inner);
  if (typeof close === 'function') Reflect.apply(close, inner, []);
}
