/** Which IPv6 address a `listen()` becomes after `setV6Only(server, v6Only)`. */
import { isIP } from 'node:net';
import { isIPv4Mapped, isLinkLocal } from '../kernel/address';
import { notIPv6, type SystemError } from '../kernel/errors';

export interface AddressRequest {
  readonly address: string | null;
  /** As Node says: 4, 6, or -1 for a path. */
  readonly addressType: number | string | null;
  readonly port: number | null;
}

export type AddressDecision =
  | { readonly kind: 'bind'; readonly address: string }
  | { readonly kind: 'lookup'; readonly host: string }
  | { readonly kind: 'refuse'; readonly error: SystemError };

/** `host` is what the user wrote: Node looks a name up by itself, and may have come back with an IPv4 address. */
export function decideAddress(request: AddressRequest, host: unknown, v6Only: boolean): AddressDecision {
  const { address, addressType } = request;
  if (addressType === -1) return refuse(request, `${address} is a path, not an IPv6 address`);
  if (!address) return { kind: 'bind', address: '::' };
  if (addressType === 6 && isUsable(address, v6Only)) return { kind: 'bind', address };
  if (typeof host === 'string' && isIP(host) === 0) return { kind: 'lookup', host };
  if (addressType === 6) {
    return refuse(request, `${address} is IPv4-mapped, which an IPv6-only socket cannot be bound to`);
  }
  return refuse(request, `${address} is an IPv4 address; listen on '::' or another IPv6 address instead`);
}

function isUsable(address: string, v6Only: boolean): boolean {
  return !v6Only || !isIPv4Mapped(address);
}

function refuse({ address, port }: AddressRequest, problem: string): AddressDecision {
  const detail = `setV6Only was called on this server, and ${problem}`;
  return { kind: 'refuse', error: notIPv6('listen', detail, address ?? undefined, portOf(port)) };
}

function portOf(port: number | null): number | undefined {
  return port === null || port < 0 ? undefined : port;
}

/**
 * Looks a name up with all families, through `dns.lookup` as it is at the time of the call. The first usable IPv6
 * address counts, one that is not link-local before one that is, as Node 22 and later pick (lib/net.js,
 * filterOnlyValidAddress).
 */
export function lookupIPv6(
  host: string,
  v6Only: boolean,
  done: (error: Error | null, address: string | undefined) => void,
): void {
  const dns: typeof import('node:dns') = require('node:dns');
  dns.lookup(host, { all: true }, (error, addresses) => {
    if (error) return done(error, undefined);
    const usable = addresses.filter(({ address, family }) => family === 6 && isUsable(address, v6Only));
    const picked = usable.find(({ address }) => !isLinkLocal(address)) ?? usable[0];
    done(null, picked?.address);
  });
}
