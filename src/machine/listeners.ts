/** The listeners on a port of this machine, from the kernel, including those without a descriptor in this process. */
import type net from 'node:net';
import { addon, type IPFamily, TYPE } from '../kernel/addon';
import { familyOf, isIPv6Wildcard } from '../kernel/address';
import { currentPlatform } from '../kernel/platforms';
import { serverAddress } from '../runtime/descriptors';
import { networkDenied } from '../runtime/permission';
import { SocketTable } from './socket-rows';

/** A listening TCP socket, or a UDP socket. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly family: IPFamily;
  readonly v6Only: boolean | null;
  /** The socket's number in /proc. */
  readonly inode: number;
}

/**
 * The TCP sockets listening on a port of this machine, or the UDP sockets that have it. Synchronous; never throws.
 * @returns null if unavailable: not on Linux, no addon, a kernel or sandbox without sock_diag.
 */
export function findListeners(type: number, port: number): Listener[] | null {
  try {
    // Other systems' lists don't include the option.
    if (currentPlatform().lists !== 'sock_diag' || networkDenied()) return null;
    const bytes = addon().listListeners?.(type, port);
    if (typeof bytes !== 'object') return null;
    const table = new SocketTable(bytes);
    return Array.from({ length: table.length }, (_, i) => {
      const { local, family, v6Only } = table.row(i);
      return { ...local, family: family ?? 'IPv4', v6Only, inode: table.inode(i) };
    });
  } catch {
    return null;
  }
}

/**
 * The socket of the address's family that listens on it and the port; undefined also if several do, with
 * SO_REUSEPORT, and differ in the option.
 */
export function findListener(address: string, port: number): Listener | undefined {
  const family = familyOf(address);
  const same = isIPv6Wildcard(address) ? isIPv6Wildcard : (other: string) => other === address;
  const [found, ...others] =
    findListeners(TYPE.stream, port)?.filter((other) => other.family === family && same(other.address)) ?? [];
  return others.every(({ v6Only }) => v6Only === found?.v6Only) ? found : undefined;
}

/** The socket behind a server that a cluster primary listens for. */
export function findListenerOf(server: net.Server): Listener | undefined {
  const found = serverAddress(server);
  return found === null ? undefined : findListener(found.address, found.port);
}
