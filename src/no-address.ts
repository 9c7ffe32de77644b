import { addon, FAMILY, type IPFamily } from './addon';

/** Whether some interface, loopback included, has an address of the family; yes where the system does not tell. */
export function hasAddress(family: IPFamily): boolean {
  return addon().hasAddress(FAMILY[family]) !== 0;
}

/** Looking costs a few listens' worth of time, so a burst of them looks once. */
const LOOK_AGAIN_AFTER_MS = 1000;

let warned = false;
let lastSeen = Number.NEGATIVE_INFINITY;

/** One process warning when an IPv6-only wildcard listener has no address at which anybody could reach it. */
export function warnIfUnreachable(): void {
  if (warned || performance.now() - lastSeen < LOOK_AGAIN_AFTER_MS) return;
  if (hasAddress('IPv6')) {
    lastSeen = performance.now();
    return;
  }
  warned = true;
  process.emitWarning(
    'a server listens on [::] for IPv6 only, but no interface of this machine has an IPv6 address, so nobody ' +
      'can reach it. Enable IPv6 (net.ipv6.conf.all.disable_ipv6=0 on Linux), or listen on IPv4.',
    { code: 'V6ONLY_NO_ADDRESS' },
  );
}
