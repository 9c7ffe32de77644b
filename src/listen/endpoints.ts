/** Which addresses a host stands for, and which of them this machine has to do without. */
import type { LookupAddress } from 'node:dns';
import { isIP, SocketAddress } from 'node:net';
import type { IPFamily } from '../kernel/addon';
import { isIPv4Mapped } from '../kernel/address';
import { addressNotAvailable, noIPv6, notIPv6, type SystemError } from '../kernel/errors';
import { hasAddress } from '../machine/interfaces';
import type { CheckedOptions } from './options';
import type { Stack } from './stack';

export interface Endpoint {
  readonly family: IPFamily;
  readonly address: string;
  /** Null for an IPv4 socket. */
  readonly v6Only: boolean | null;
  /** A family that the machine does not have may be left out, unless the caller wrote this very address. */
  readonly optional: boolean;
  /** Bound only where there is no IPv6 socket, which would be dual-stack. */
  readonly fallback?: boolean;
}

/** An address that was left out, because this machine does not have its family. */
export interface Missing {
  /** The family that the machine does not have. */
  family: IPFamily;
  /** The wildcard, or the address that the name has in this family. */
  address: string;
  /** What binding it would have ended in. */
  error: Error;
}

export interface Plan {
  /** IPv6 first: that is the one `address()` shows. */
  readonly endpoints: readonly Endpoint[];
  readonly missing: readonly Missing[];
}

/**
 * What is to be bound. `v6Only` is the option for IPv6 sockets, as the stack says.
 * @throws {SystemError} ENOPROTOOPT `not-ipv6`. @throws {Error} of `dns.lookup`.
 */
export async function planEndpoints(
  { hosts, stack }: CheckedOptions,
  v6Only: boolean,
  syscall: 'listen' | 'bind',
): Promise<Plan> {
  if (hosts.length === 0) return planWildcards(stack, v6Only, syscall);
  const found = await Promise.all(hosts.map((host) => resolveHost(host, v6Only)));
  const endpoints = found.flat();
  for (const { address } of endpoints) {
    if (stack === 'dual' || !isIPv4Mapped(address)) continue;
    throw notIPv6(syscall, `${address} is IPv4-mapped, which only the stack 'dual' can bind`, address);
  }
  return plan(
    unique(endpoints).sort((a, b) => Number(b.family === 'IPv6') - Number(a.family === 'IPv6')),
    syscall,
  );
}

/** The wildcards of a stack. */
export function planWildcards(stack: Stack, v6Only: boolean, syscall: string): Plan {
  return plan(wildcards(stack, v6Only), syscall);
}

/** Without the families that no interface has an address of. */
function plan(endpoints: readonly Endpoint[], syscall: string): Plan {
  const gone = endpoints.filter(({ optional, family }) => optional && !hasAddress(family));
  const missing = gone.map(({ family, address }) => ({
    family,
    address,
    error: familyError(family, syscall, address),
  }));
  return { endpoints: endpoints.filter((endpoint) => !gone.includes(endpoint)), missing };
}

function wildcards(stack: Stack, v6Only: boolean): Endpoint[] {
  const ipv6: Endpoint = { family: 'IPv6', address: '::', v6Only, optional: true };
  const ipv4: Endpoint = { family: 'IPv4', address: '0.0.0.0', v6Only: null, optional: true };
  if (stack === 'split') return [ipv6, ipv4];
  return stack === 'dual' ? [ipv6, { ...ipv4, fallback: true }] : [ipv6];
}

/** Through `dns.lookup` as it is at the time of the call, so that patches of it count. */
function lookupAll(host: string): Promise<LookupAddress[]> {
  const dns: typeof import('node:dns') = require('node:dns');
  return new Promise((resolve, reject) => {
    dns.lookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

async function resolveHost(host: string, v6Only: boolean): Promise<Endpoint[]> {
  const literal = isIP(host);
  if (literal !== 0) return [endpoint(host, literal, v6Only, false)];
  const found = await lookupAll(host);
  return found.map(({ address, family }) => endpoint(address, family, v6Only, true));
}

function endpoint(address: string, family: number, v6Only: boolean, optional: boolean): Endpoint {
  if (family === 4) return { family: 'IPv4', address, v6Only: null, optional };
  return { family: 'IPv6', address, v6Only: v6Only && !isIPv4Mapped(address), optional };
}

/** Equal addresses are bound once, in whatever spelling; one that the caller wrote counts before one of a name. */
function unique(endpoints: readonly Endpoint[]): Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = canonical(endpoint);
    const known = byAddress.get(key);
    if (known === undefined || (known.optional && !endpoint.optional)) byAddress.set(key, endpoint);
  }
  return [...byAddress.values()];
}

function canonical({ address, family }: Endpoint): string {
  const [plain, zone] = address.split('%');
  return `${new SocketAddress({ address: plain, family: family === 'IPv6' ? 'ipv6' : 'ipv4' }).address}%${zone}`;
}

/** No interface has an address of the family. */
export function familyError(family: IPFamily, syscall: string, address?: string): SystemError {
  const failed = family === 'IPv6' ? noIPv6 : addressNotAvailable;
  return failed(syscall, `no interface of this machine has an ${family} address`, address);
}
