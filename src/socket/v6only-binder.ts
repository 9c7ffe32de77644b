/** What each `listen()` of a server becomes after `setV6Only(server, v6Only)`: one IPv6 socket with that option. */
import { isIP } from 'node:net';
import { isIPv4Mapped, isIPv6Wildcard } from '../kernel/address';
import { setDescriptor } from '../kernel/descriptor';
import { notIPv6, type SystemError } from '../kernel/errors';
import { warnIfUnreachable } from '../machine/interfaces';
import { type FoundAddress, withoutLinkLocal } from '../runtime/lookup';
import type { Endpoint } from './endpoint';
import { adoptGiven } from './given';
import { isPath, type ListenOptions, portOf, type Rule } from './rule-binder';
import { verifyServer } from './verify';

export function v6OnlyRule(v6Only: boolean): Rule {
  const to = (address: string): readonly Endpoint[] => [{ family: 'IPv6', address, v6Only }];
  return {
    v6Only,
    stack: undefined,
    chosenBy: `setV6Only(server, ${v6Only})`,

    known(options) {
      const { host } = options;
      if (!host) return to('::');
      if (typeof host !== 'string' || isIP(host) === 0) return undefined;
      if (!fits(v6Only, { address: host, family: isIP(host) })) throw notUsable(host, options);
      return to(host);
    },

    named(name, found, options) {
      const picked = pick(found, v6Only);
      if (picked === undefined) throw noneFits(name, found, options);
      return to(picked.address);
    },

    other(attempt, options) {
      if (isPath(options))
        throw refusal(`${options.path} is a path, not an IPv6 address`, String(options.path));
      return adoptGiven(attempt, options, (fd) => setDescriptor(fd, v6Only, 'perhaps another'));
    },

    opened(_attempt, { address }) {
      if (v6Only && isIPv6Wildcard(address)) warnIfUnreachable();
    },

    openedOther({ server }) {
      verifyServer(server, v6Only);
    },
  };
}

function refusal(problem: string, address?: string, port?: number): SystemError {
  return notIPv6('listen', `setV6Only was called on this server, and ${problem}`, address, port);
}

function fits(v6Only: boolean, { address, family }: FoundAddress): boolean {
  return family === 6 && !(v6Only && isIPv4Mapped(address));
}

/** The first that fits, as Node picks it. */
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
