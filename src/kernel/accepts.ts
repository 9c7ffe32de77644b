/** Which families a socket accepts, and whether IPV6_V6ONLY decides it: the only place that answers this. */
import type { IPFamily } from './addon';
import { isIPv4Mapped, isIPv6Wildcard } from './address';

export interface BoundTo {
  /** The socket's own family: AF_INET6 or AF_INET. */
  readonly family: IPFamily;
  /** The address it is bound to; for a connected socket, its peer's. */
  readonly address: string;
  /** null for an IPv4 socket, and if the kernel doesn't say. */
  readonly v6Only: boolean | null;
}

/** The families of peers that can reach a socket: both only for a dual-stack wildcard. */
export function acceptedFamilies({ family, address, v6Only }: BoundTo): IPFamily[] {
  if (family === 'IPv4' || isIPv4Mapped(address)) return ['IPv4'];
  return v6Only === false && isIPv6Wildcard(address) ? ['IPv6', 'IPv4'] : ['IPv6'];
}

/**
 * Whether the option has an effect on a socket bound to this IPv6 address: on the wildcard it admits or refuses
 * IPv4, and an IPv4-mapped address can be bound only with 0. Bound to any other address a socket serves IPv6 with
 * either value, and Linux then sets the option to 1 itself (`__inet6_bind` in net/ipv6/af_inet6.c).
 */
export function optionDecides(address: string): boolean {
  return isIPv6Wildcard(address) || isIPv4Mapped(address);
}
