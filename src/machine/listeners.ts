/** The listeners on a port of this machine, from the kernel, including those without a descriptor in this process. */
import type net from 'node:net';
import { addon, type IPFamily } from '../kernel/addon';
import { familyOf, isIPv6Wildcard } from '../kernel/address';
import { currentPlatform } from '../kernel/platforms';
import { serverAddress } from '../runtime/descriptors';
import { networkDenied } from '../runtime/permission';
import { listSockets } from './list-sockets';
import { type SocketRow, SocketTable } from './socket-rows';

/** A listening TCP socket, or a UDP socket. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly family: IPFamily;
  readonly v6Only: boolean | null;
  /** The socket's number in /proc, if known. */
  readonly inode?: number;
  /** The process that owns it, if requested and visible to this user. */
  readonly pid?: number | null;
  readonly program?: string | null;
}

/**
 * The TCP sockets listening on a port of this machine. Synchronous; never throws.
 * @returns null if unavailable: not on Linux, no addon, a kernel or sandbox without sock_diag.
 */
export function findListeners(port: number): Listener[] | null {
  try {
    // Other systems' lists don't include the option.
    if (currentPlatform().lists !== 'sock_diag' || networkDenied()) return null;
    const bytes = addon().listListeners?.(port);
    if (typeof bytes !== 'object') return null;
    const table = new SocketTable(bytes);
    return Array.from({ length: table.length }, (_, i) => listenerOf(table.row(i), table.inode(i)));
  } catch {
    return null;
  }
}

/** The UDP sockets on a port of this machine, and their processes. @returns null as above. */
export async function findDatagrams(port: number): Promise<Listener[] | null> {
  try {
    // Other systems would need to run programs.
    if (currentPlatform().lists !== 'sock_diag') return null;
    const rows = await listSockets({ port });
    const found = rows.filter(({ protocol }) => protocol.startsWith('udp'));
    return found.map((row) => ({ ...listenerOf(row), pid: row.pid, program: row.program }));
  } catch {
    return null;
  }
}

function listenerOf({ local, family, v6Only }: SocketRow, inode?: number): Listener {
  const listener = { ...local, family: family ?? 'IPv4', v6Only } as const;
  return inode === undefined ? listener : { ...listener, inode };
}

/**
 * The socket of the address's family that listens on it and the port; undefined also if several do, with
 * SO_REUSEPORT, and differ in the option.
 */
export function findListener(address: string, port: number): Listener | undefined {
  const family = familyOf(address);
  const same = isIPv6Wildcard(address) ? isIPv6Wildcard : (other: string) => other === address;
  const [found, ...others] =
    findListeners(port)?.filter((other) => other.family === family && same(other.address)) ?? [];
  return others.every(({ v6Only }) => v6Only === found?.v6Only) ? found : undefined;
}

/** The socket behind a server that a cluster primary listens for. */
export function findListenerOf(server: net.Server): Listener | undefined {
  const found = serverAddress(server);
  return found === null ? undefined : findListener(found.address, found.port);
}
