import type { IPFamily } from '../kernel/addon';

/** One socket that is to be bound. */
export interface Endpoint {
  readonly family: IPFamily;
  readonly address: string;
  /** The option that it is to have; null for an IPv4 socket. */
  readonly v6Only: boolean | null;
}
