import type { IPFamily } from '../kernel/addon';
import type { FoundAddress } from '../runtime/lookup';

/** One socket to bind. */
export interface Endpoint {
  readonly family: IPFamily;
  readonly address: string;
  /** The option to set; null for an IPv4 socket. */
  readonly v6Only: boolean | null;
}

/** The endpoint as a lookup result. */
export function asFound({ family, address }: Endpoint): FoundAddress {
  return { address, family: family === 'IPv6' ? 6 : 4 };
}

/** The endpoint as readable text. */
export function endpointText({ address, v6Only }: Endpoint): string {
  return v6Only === null ? `${address} (AF_INET)` : `[${address}] (V6Only ${Number(v6Only)})`;
}
