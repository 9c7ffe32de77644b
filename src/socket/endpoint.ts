import type { IPFamily } from '../kernel/addon';

/** One socket to bind. */
export interface Endpoint {
  readonly family: IPFamily;
  readonly address: string;
  /** The option that it gets; null for an IPv4 socket. */
  readonly v6Only: boolean | null;
}

/** For people to read. */
export function endpointText({ address, v6Only }: Endpoint): string {
  return v6Only === null ? `${address} (AF_INET)` : `[${address}] (V6Only ${Number(v6Only)})`;
}
