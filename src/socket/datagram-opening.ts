/** How a udp6 socket with a choice gets its socket: opened here with the option, or by libuv as a flag says. */
import { TYPE } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { forbidReuse, openBoundDatagram, openDatagram, setDescriptor } from '../kernel/descriptor';
import { SystemError, unsupportedRuntime } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { requireIPv4WildcardFree } from '../machine/conflicts';
import { isClusterWorker } from '../runtime/cluster';
import type { DatagramBind } from '../runtime/datagrams';
import { UV_UDP_IPV6ONLY, UV_UDP_REUSEADDR, UV_UDP_REUSEPORT } from '../runtime/flags';
import { networkDenied } from '../runtime/permission';

/** What is kept for a udp6 socket, found by every copy of the package. */
export interface DatagramRecord {
  v6Only?: boolean;
  /** For the wildcard, where a policy for the process decides and nobody else did. */
  policy?: boolean;
  /** What `createSocket` was told about `ipv6Only`. */
  readonly created: boolean | undefined;
  /** Why the last bind was refused. */
  refusal: SystemError | null;
  /** Whether the handle has a socket of ours, which it keeps where the bind fails. */
  opened: boolean;
  state: 'unbound' | 'listening' | 'given-back';
}

/** The value for a bind to this address; undefined where nothing was asked. */
export function valueFor({ v6Only, policy }: DatagramRecord, address: unknown): boolean | undefined {
  const wildcard = typeof address !== 'string' || address === '' || isIPv6Wildcard(address);
  return v6Only ?? (wildcard ? policy : undefined);
}

const HIDDEN = 'this runtime hides how dgram opens a socket; use bindUdp() instead';

/** Where dgram does not show whether it is to reuse an address: it is not. */
export function bindHidden(
  record: DatagramRecord,
  address: string,
  port: number,
  exclusive: boolean,
): number | Error | null {
  const value = valueFor(record, address);
  if (value === undefined || networkDenied() || (isClusterWorker() && !exclusive)) return null;
  if (!currentPlatform().hasDescriptors) return unsupportedRuntime(HIDDEN);
  try {
    const bind = { syscall: 'bind', type: TYPE.datagram, address, port };
    if (!value) requireIPv4WildcardFree(bind);
    return openBoundDatagram(value, address, port);
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}

/** Opens the socket with the option; null where Node may go on. */
export function prepare(
  record: DatagramRecord,
  bind: DatagramBind,
  adopt: (fd: number) => number,
): SystemError | null {
  const v6Only = valueFor(record, bind.address);
  // Node refuses by itself, and nothing may be opened before it does.
  if (v6Only === undefined || networkDenied()) return null;
  try {
    requireNoIPv4Wildcard(v6Only, bind);
    if (!currentPlatform().hasDescriptors) return null;
    if (bind.fd < 0) openDatagram(v6Only, (fd) => adoptOwn(record, adopt(fd)));
    else setDescriptor(bind.fd, v6Only);
    // Also where an earlier bind got no further than here.
    if (bind.fd >= 0 && record.opened) forbidReuse(bind.fd);
    return null;
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}

/** libuv sets the option as the flag says on Windows (src/win/udp.c), where it takes no descriptor that has it. */
export function flagsFor(record: DatagramRecord, { address, flags }: DatagramBind): number {
  const v6Only = valueFor(record, address);
  if (v6Only === undefined || currentPlatform().hasDescriptors) return flags;
  return v6Only ? flags | UV_UDP_IPV6ONLY : flags & ~UV_UDP_IPV6ONLY;
}

function adoptOwn(record: DatagramRecord, failed: number): number {
  record.opened = failed === 0;
  return failed;
}

function requireNoIPv4Wildcard(v6Only: boolean, { address, port, flags }: DatagramBind): void {
  const shared = (flags & (UV_UDP_REUSEADDR | UV_UDP_REUSEPORT)) !== 0;
  if (!v6Only && !shared) requireIPv4WildcardFree({ syscall: 'bind', type: TYPE.datagram, address, port });
}
