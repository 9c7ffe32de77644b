/** Which addresses a host stands for, and which of them this machine has to do without. */
import { isIP, type LookupFunction } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { canonicalAddress, isIPv4Mapped } from '../kernel/address';
import { whyNoIPv6 } from '../kernel/descriptor';
import { addressNotAvailable, noIPv6, notIPv6, type SystemError } from '../kernel/errors';
import { hasAddress } from '../machine/interfaces';
import { addressesOf } from '../runtime/custom-lookup';
import type { CheckedOptions, Required } from './options';
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
  lookup?: LookupFunction,
): Promise<Plan> {
  if (hosts.length === 0) return planWildcards(stack, v6Only, syscall);
  const found = await Promise.all(hosts.map((host) => resolveHost(host, v6Only, lookup)));
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

/** Without the families that this machine does not have. */
function plan(endpoints: readonly Endpoint[], syscall: string): Plan {
  const missing: Missing[] = [];
  const bound: Endpoint[] = [];
  for (const endpoint of endpoints) {
    const { family, address } = endpoint;
    if (endpoint.fallback && bound.some((other) => other.family === 'IPv6')) continue;
    const error = endpoint.optional ? whyMissing(family, syscall, address) : null;
    if (error === null) bound.push(endpoint);
    else missing.push({ family, address, error });
  }
  if (bound.length === 0) throw missing[0]?.error ?? familyError('IPv6', syscall);
  return { endpoints: bound, missing };
}

/** No interface has an address of the family, or the kernel opens no socket of it. */
function whyMissing(family: IPFamily, syscall: string, address: string): SystemError | null {
  if (!hasAddress(family)) return familyError(family, syscall, address);
  return family === 'IPv6' ? whyNoIPv6(syscall) : null;
}

/** @throws {SystemError} where both families are required, and the plan does not serve one of them. */
export function requireFamilies({ endpoints, missing }: Plan, required: Required, syscall: string): void {
  if (required === 'any') return;
  const served = new Set(endpoints.flatMap(acceptedFamilies));
  for (const family of ['IPv6', 'IPv4'] as const) {
    const gone = missing.find((other) => other.family === family);
    if (gone !== undefined) throw gone.error;
    if (!hasAddress(family)) throw familyError(family, syscall);
    if (!served.has(family)) throw noAddressOf(family, endpoints, syscall);
  }
}

function noAddressOf(family: IPFamily, endpoints: readonly Endpoint[], syscall: string): SystemError {
  const addresses = endpoints.map(({ address }) => address).join(' and ');
  const detail = `required: 'both', but no ${family} client reaches ${addresses}`;
  return addressNotAvailable(syscall, detail);
}

function wildcards(stack: Stack, v6Only: boolean): Endpoint[] {
  const ipv6: Endpoint = { family: 'IPv6', address: '::', v6Only, optional: true };
  const ipv4: Endpoint = { family: 'IPv4', address: '0.0.0.0', v6Only: null, optional: true };
  if (stack === 'split') return [ipv6, ipv4];
  return stack === 'dual' ? [ipv6, { ...ipv4, fallback: true }] : [ipv6];
}

async function resolveHost(
  host: string,
  v6Only: boolean,
  lookup: LookupFunction | undefined,
): Promise<Endpoint[]> {
  const literal = isIP(host);
  if (literal !== 0) return [endpoint(host, literal, v6Only, false)];
  const found = await addressesOf(host, lookup);
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
    const key = canonicalAddress(endpoint.address);
    const known = byAddress.get(key);
    if (known === undefined || (known.optional && !endpoint.optional)) byAddress.set(key, endpoint);
  }
  return [...byAddress.values()];
}

/** No interface has an address of the family. */
export function familyError(family: IPFamily, syscall: string, address?: string): SystemError {
  const failed = family === 'IPv6' ? noIPv6 : addressNotAvailable;
  return failed(syscall, `no interface of this machine has an ${family} address`, address);
}
