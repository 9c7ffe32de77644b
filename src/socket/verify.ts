/** Reads from the kernel what a server is listening on. */
import type { Server } from 'node:net';
import { optionDecides } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { familyOf } from '../kernel/address';
import { debug } from '../kernel/debug';
import { readDescriptor, verifyBound } from '../kernel/descriptor';
import { mismatch, notIPv6, otherSocket, unsupportedRuntime } from '../kernel/errors';
import { findListenerOf } from '../machine/listeners';
import { isClusterWorker } from '../runtime/cluster';
import { serverAddress, serverDescriptor } from '../runtime/descriptors';
import type { Endpoint } from './endpoint';

/** One of the sockets of a server. */
export interface ListeningSocket {
  /** AF_INET6 or AF_INET. */
  family: IPFamily;
  /** The wildcard or address that it is bound to. */
  address: string;
  /** The same for all sockets of the server. */
  port: number;
  /**
   * The kernel's IPV6_V6ONLY; null for an IPv4 socket, and in a cluster worker under round-robin on systems that don't
   * reveal the primary's socket (all but Linux).
   */
  v6Only: boolean | null;
}

/**
 * Reads back the option of a server's own socket. `v6Only` is the requested value, null for an IPv4 socket.
 * @returns the kernel's value; null for an IPv4 socket, and if the socket is not visible here.
 * @throws {SystemError} `mismatch`, `not-ipv6`, `unsupported-runtime`.
 */
export function verifyServer(server: Server, v6Only: boolean | null): boolean | null {
  const fd = serverDescriptor(server);
  const found = typeof fd === 'number' ? verifyDescriptor(fd, v6Only) : verifyHidden(server, v6Only);
  debug?.(`read back: descriptor ${fd}, V6Only ${found === null ? found : Number(found)}`);
  return found;
}

function verifyDescriptor(fd: number, v6Only: boolean | null): boolean | null {
  return v6Only === null ? null : verifyBound(fd, v6Only, 'listen');
}

/** The same with its address, which must be of the requested family. */
export function verifySocket(server: Server, { v6Only }: Endpoint): ListeningSocket {
  const found = serverAddress(server);
  if (found === null || (v6Only === null && familyOf(found.address) === 'IPv6'))
    throw otherSocket('listen', found);
  const { address, port } = found;
  return { family: familyOf(address), address, port, v6Only: verifyServer(server, v6Only) };
}

/** The server's own socket as it is now; undefined if it isn't listening, or listens on a path. */
export function readSocket(server: Server): ListeningSocket | undefined {
  const found = server.listening ? serverAddress(server) : null;
  if (found === null) return undefined;
  const { address, port } = found;
  const family = familyOf(address);
  return { family, address, port, v6Only: readServer(server, family) };
}

/** The option of a server's own socket; null for an IPv4 socket, and if the socket is not visible here. */
function readServer(server: Server, family: IPFamily): boolean | null {
  if (family === 'IPv4') return null;
  const fd = serverDescriptor(server);
  return typeof fd === 'number' ? readDescriptor(fd) : (findListenerOf(server)?.v6Only ?? null);
}

/**
 * Under round-robin a cluster worker has no descriptor: its primary's socket is looked up in the kernel, by address and
 * port. If the kernel doesn't show it, `getV6Only` says so.
 */
function verifyHidden(server: Server, v6Only: boolean | null): boolean | null {
  const listener = findListenerOf(server);
  if (listener === undefined && !isClusterWorker()) {
    throw unsupportedRuntime('the socket of this server cannot be found, so its option is unknown', 'listen');
  }
  if (listener === undefined || v6Only === null) return null;
  const { address, port, v6Only: found } = listener;
  if (found === null) throw notIPv6('listen', `the server listens on ${address}`, address, port);
  requireAsAsked(v6Only, { address, port, v6Only: found });
  return found;
}

interface Found {
  readonly address: string;
  readonly port: number;
  readonly v6Only: boolean;
}

/** @throws {SystemError} `mismatch` if another process's socket doesn't have the requested option. */
export function requireAsAsked(asked: boolean, { address, port, v6Only }: Found): void {
  if (optionDecides(address) && v6Only !== asked) throw mismatch('listen', asked, v6Only, { address, port });
}
