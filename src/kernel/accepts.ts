/** Whom a socket lets in, and whether IPV6_V6ONLY decides it: the one answer for every list, check and message. */
import type { IPFamily } from './addon';
import { isIPv4Mapped, isIPv6Wildcard } from './address';

export interface BoundTo {
  /** The socket's own: AF_INET6 or AF_INET. */
  readonly family: IPFamily;
  /** What it is bound to; of a connected socket, its peer's. */
  readonly address: string;
  /** null for an IPv4 socket, and where the kernel doesn't tell. */
  readonly v6Only: boolean | null;
}

/** The families of the peers that reach a socket: both only for a dual-stack wildcard. */
export function acceptedFamilies({ family, address, v6Only }: BoundTo): IPFamily[] {
  if (family === 'IPv4' || isIPv4Mapped(address)) return ['IPv4'];
  return v6Only === false && isIPv6Wildcard(address) ? ['IPv6', 'IPv4'] : ['IPv6'];
}

/**
 * Whether the option changes anything for a socket bound to this IPv6 address: on the wildcard it admits or refuses
 * IPv4, and an IPv4-mapped address can be bound with 0 only. Bound to any other address a socket serves IPv6 with
 * either value, and Linux then sets the option to 1 by itself (`__inet6_bind` in net/ipv6/af_inet6.c).
 */
export function optionDecides(address: string): boolean {
  return isIPv6Wildcard(address) || isIPv4Mapped(address);
}
