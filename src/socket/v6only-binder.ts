/** After `setV6Only(server, v6Only)`, makes each `listen()` of the server open one IPv6 socket with that option. */
import { isIP } from 'node:net';
import { isIPv4Mapped, isIPv6Wildcard } from '../kernel/address';
import { setDescriptor } from '../kernel/descriptor';
import { notIPv6, type SystemError } from '../kernel/errors';
import { warnIfUnreachable } from '../machine/interfaces';
import { type FoundAddress, withoutLinkLocal } from '../runtime/lookup';
import type { Change } from '../runtime/redirect';
import type { Attempt } from './attempt';
import type { Endpoint } from './endpoint';
import { EndpointBinder, isPath, type ListenOptions, portOf } from './endpoint-binder';
import { adoptGiven } from './given';
import { verifyServer } from './verify';

export class V6OnlyBinder extends EndpointBinder {
  readonly v6Only: boolean;
  readonly stack = undefined;

  constructor(v6Only: boolean) {
    super();
    this.v6Only = v6Only;
  }

  get chosenBy(): string {
    return `setV6Only(server, ${this.v6Only})`;
  }

  known(options: ListenOptions): readonly Endpoint[] | undefined {
    const { host } = options;
    if (!host) return this.#at('::');
    if (typeof host !== 'string' || isIP(host) === 0) return undefined;
    if (!fits(this.v6Only, { address: host, family: isIP(host) })) throw notUsable(host, options);
    return this.#at(host);
  }

  named(name: string, found: readonly FoundAddress[], options: ListenOptions): readonly Endpoint[] {
    const picked = pick(found, this.v6Only);
    if (picked === undefined) throw noneFits(name, found, options);
    return this.#at(picked.address);
  }

  other(attempt: Attempt, options: ListenOptions): Change | undefined {
    if (isPath(options))
      throw refusal(`${options.path} is a path, not an IPv6 address`, String(options.path));
    return adoptGiven(attempt, options, (fd) => setDescriptor(fd, this.v6Only, 'perhaps another'));
  }

  openedFirst({ server }: Attempt, { address }: Endpoint): void {
    verifyServer(server, this.v6Only);
    if (this.v6Only && isIPv6Wildcard(address)) warnIfUnreachable();
  }

  openedOther({ server }: Attempt): void {
    verifyServer(server, this.v6Only);
  }

  #at(address: string): readonly Endpoint[] {
    return [{ family: 'IPv6', address, v6Only: this.v6Only }];
  }
}

function refusal(problem: string, address?: string, port?: number): SystemError {
  return notIPv6('listen', `setV6Only was called on this server, and ${problem}`, address, port);
}

function fits(v6Only: boolean, { address, family }: FoundAddress): boolean {
  return family === 6 && !(v6Only && isIPv4Mapped(address));
}

/** The first that fits, picked as in Node. */
function pick(addresses: readonly FoundAddress[], v6Only: boolean): FoundAddress | undefined {
  return withoutLinkLocal(addresses.filter((found) => fits(v6Only, found)))[0];
}

function notUsable(address: string, options: ListenOptions): SystemError {
  const problem = isIPv4Mapped(address)
    ? `${address} is IPv4-mapped, which an IPv6-only socket cannot be bound to`
    : `${address} is an IPv4 address; listen on '::' or another IPv6 address instead`;
  return refusal(problem, address, portOf(options));
}

function noneFits(name: string, [first]: readonly FoundAddress[], options: ListenOptions): SystemError {
  const address = first?.address;
  if (address === undefined || isIP(name) !== 0) return notUsable(address ?? name, options);
  return refusal(`${name} has no IPv6 address (only ${address})`, address, portOf(options));
}
