import type { IPFamily } from '../kernel/addon';
import type { FoundAddress } from '../runtime/lookup';

/** One socket to bind. */
export interface Endpoint {
  readonly family: IPFamily;
  readonly address: string;
  /** The option that it gets; null for an IPv4 socket. */
  readonly v6Only: boolean | null;
}

/** What a look-up answers for it. */
export function asFound({ family, address }: Endpoint): FoundAddress {
  return { address, family: family === 'IPv6' ? 6 : 4 };
}

/** For people to read. */
export function endpointText({ address, v6Only }: Endpoint): string {
  return v6Only === null ? `${address} (AF_INET)` : `[${address}] (V6Only ${Number(v6Only)})`;
}
