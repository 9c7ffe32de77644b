import type net from 'node:net';
import type { Handle } from './handles';

/** libuv's number for "no socket yet", and any other negative one, is not a descriptor. */
const NO_DESCRIPTOR = -1;

/** The descriptor of a net.Socket; null when it has no handle, negative when the handle has no socket. */
export function streamDescriptor(socket: net.Socket): number | null {
  const handle = (socket as net.Socket & { _handle?: Handle | null })._handle;
  return handle === null || handle === undefined ? null : (handle.fd ?? NO_DESCRIPTOR);
}
