import { addon, FAMILY, type IPFamily, TYPE } from '../kernel/addon';
import { openSocket, tryIPv6 } from '../kernel/descriptor';
import { codeOf, type SystemError } from '../kernel/errors';

/** Whether some interface, including loopback, has an address of the family; true if the system doesn't say. */
export function findAddress(family: IPFamily): boolean {
  return addon().hasAddress(FAMILY[family]) !== 0;
}

/** The check costs about as much as a listen, so a positive answer is cached for 10 ms, which covers a burst of listens. */
const CACHED_MS = 10;

const lastFound = { IPv6: Number.NEGATIVE_INFINITY, IPv4: Number.NEGATIVE_INFINITY };
let lastOpened = Number.NEGATIVE_INFINITY;

/** The same, but a positive answer may be 10 ms old. */
export function hasAddress(family: IPFamily): boolean {
  const now = performance.now();
  if (now - lastFound[family] < CACHED_MS) return true;
  if (!findAddress(family)) return false;
  lastFound[family] = now;
  return true;
}

/** Why this machine opens no AF_INET6 socket; null where it does, which is at most 10 ms old. */
export function whyNoIPv6(syscall: string): SystemError | null {
  const now = performance.now();
  if (now - lastOpened < CACHED_MS) return null;
  const refused = tryIPv6(syscall);
  if (refused === null) lastOpened = now;
  return refused;
}

/**
 * Whether an address can be bound on this machine: binds a socket to it with port 0, and closes it.
 * Any error but EADDRNOTAVAIL is left to the actual bind.
 * @throws {SystemError} `no-ipv6`, `resources`.
 */
export function isOwnAddress(address: string, family: IPFamily): boolean {
  const fd = openSocket(FAMILY[family], TYPE.stream, 'bind');
  try {
    const failed = addon().bind(fd, address, 0);
    return failed === 0 || codeOf(failed) !== 'EADDRNOTAVAIL';
  } finally {
    addon().close(fd);
  }
}

let warned = false;

/** A single process warning if an IPv6-only wildcard listener can't be reached at any address. */
export function warnIfUnreachable(): void {
  if (warned || hasAddress('IPv6')) return;
  warned = true;
  process.emitWarning(
    'a server listens on [::] for IPv6 only, but no interface of this machine has an IPv6 address, so it ' +
      'cannot be reached. Enable IPv6 (net.ipv6.conf.all.disable_ipv6=0 on Linux), or listen on IPv4.',
    { code: 'V6ONLY_NO_ADDRESS' },
  );
}
