/** Which addresses a host stands for, and which of them this machine lacks. */
import { isIP, type LookupFunction } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { canonicalAddress, isIPv4Mapped, isIPv6Wildcard } from '../kernel/address';
import { debug } from '../kernel/debug';
import { addressNotAvailable, noIPv6, notIPv6, type SystemError } from '../kernel/errors';
import { hasAddress, isOwnAddress, whyNoIPv6 } from '../machine/interfaces';
import { addressesOf } from '../runtime/custom-lookup';
import { type FoundAddress, withoutLinkLocal } from '../runtime/lookup';
import type { Endpoint } from '../socket/endpoint';
import type { CheckedHost, Required } from './options';
import type { Choice } from './stack';

export interface PlannedEndpoint extends Endpoint {
  /** May be left out if the machine doesn't have its family, or this exact address. */
  readonly optional?: 'family' | 'address' | undefined;
  /** Bound only if the dual-stack IPv6 wildcard isn't. */
  readonly fallback?: boolean;
}

/** An address that was left out because this machine doesn't have it or its family. */
export interface Missing {
  /** The family of the address. */
  family: IPFamily;
  /** The wildcard, or the name's address in this family. */
  address: string;
  /** The error of binding it. */
  error: Error;
}

export interface Plan {
  /** IPv6 first: `address()` returns the first. */
  readonly endpoints: readonly PlannedEndpoint[];
  readonly missing: readonly Missing[];
}

/**
 * The sockets to bind.
 * @throws {SystemError} ENOPROTOOPT `not-ipv6`; the error of what is missing if nothing else is left.
 * @throws {Error} of `dns.lookup`.
 */
export async function planEndpoints(
  hosts: readonly CheckedHost[],
  choice: Choice,
  syscall: string,
  lookup?: LookupFunction,
): Promise<Plan> {
  const [first] = hosts;
  const known =
    hosts.length === 1 && !first?.optional ? planKnown(first?.host ?? '', choice, syscall) : undefined;
  if (known !== undefined) return known;
  const found = await Promise.all(hosts.map((host) => endpointsOf(host, choice, syscall, lookup)));
  return plan(ordered(found.flat()), syscall);
}

async function endpointsOf(
  { host, optional }: CheckedHost,
  choice: Choice,
  syscall: string,
  lookup: LookupFunction | undefined,
): Promise<readonly PlannedEndpoint[]> {
  const endpoints =
    knownEndpoints(host, choice, syscall) ??
    namedEndpoints(host, await addressesOf(host, lookup), choice, syscall);
  return optional ? endpoints.map((endpoint) => ({ ...endpoint, optional: 'address' as const })) : endpoints;
}

/** The same for one host, synchronously; undefined for a name, which needs a lookup. @throws {SystemError} */
export function planKnown(host: string, choice: Choice, syscall: string): Plan | undefined {
  const endpoints = knownEndpoints(host, choice, syscall);
  return endpoints === undefined ? undefined : plan(endpoints, syscall);
}

/** The same for a name that was looked up. @throws {SystemError} */
export function planNamed(
  name: string,
  found: readonly FoundAddress[],
  choice: Choice,
  syscall: string,
): Plan {
  return plan(ordered(namedEndpoints(name, found, choice, syscall)), syscall);
}

/** RFC 6761, 6.3: localhost is the loopback addresses, whatever a hosts file or DNS server says. */
const LOCALHOST = /^localhost\.?$/i;

function knownEndpoints(host: string, choice: Choice, syscall: string): PlannedEndpoint[] | undefined {
  if (host === '' || isIPv6Wildcard(host)) return wildcards(choice);
  if (LOCALHOST.test(host)) return loopbacks(choice);
  const family = isIP(host);
  if (family === 0) return undefined;
  if (family === 4 && choice.ipv4 === 'never') throw notUnder(choice, host, 'is an IPv4 address', syscall);
  return [endpoint(host, family, choice, syscall)];
}

function namedEndpoints(
  name: string,
  found: readonly FoundAddress[],
  choice: Choice,
  syscall: string,
): PlannedEndpoint[] {
  const fitting = found.filter(({ family }) => family === 6 || choice.ipv4 !== 'never');
  const first = found[0]?.address;
  if (fitting.length === 0 && first !== undefined)
    throw notUnder(choice, first, `is all that ${name} has`, syscall);
  return withoutLinkLocal(fitting).map(({ address, family }) => ({
    ...endpoint(address, family, choice, syscall),
    optional: 'family',
  }));
}

function notUnder({ stack, v6Only }: Choice, address: string, problem: string, syscall: string): SystemError {
  const chosen = stack === undefined ? `setV6Only(server, ${v6Only})` : `the stack '${stack}'`;
  return notIPv6(syscall, `${address} ${problem}, and ${chosen} opens IPv6 sockets only`, address);
}

/** Leaves out what this machine doesn't have. */
function plan(endpoints: readonly PlannedEndpoint[], syscall: string): Plan {
  const missing: Missing[] = [];
  const bound: PlannedEndpoint[] = [];
  for (const endpoint of endpoints) {
    const { family, address } = endpoint;
    if (endpoint.fallback && bound.some((other) => isIPv6Wildcard(other.address))) continue;
    const error = whyMissing(endpoint, syscall);
    if (error === null) bound.push(endpoint);
    else missing.push({ family, address, error });
    if (error !== null) debug?.(`leaves ${address} out: ${error.message}`);
  }
  if (bound.length === 0) throw missing[0]?.error ?? familyError('IPv6', syscall);
  return { endpoints: bound, missing };
}

/** Why an endpoint may be left out; null if it may not, or if the machine has it. */
function whyMissing({ family, address, optional }: PlannedEndpoint, syscall: string): SystemError | null {
  if (optional === undefined) return null;
  if (isWithout(family)) return familyError(family, syscall, address);
  const refused = family === 'IPv6' ? whyNoIPv6(syscall) : null;
  if (refused !== null || optional === 'family' || isOwnAddress(address, family)) return refused;
  return addressNotAvailable(syscall, `${address} is not an address of this machine`, address);
}

/**
 * Whether the machine has addresses, but none of the family. With every interface down it has none at all, which says
 * nothing about what it will have: a wildcard is then bound if the kernel can, as in Node.
 */
function isWithout(family: IPFamily): boolean {
  return !hasAddress(family) && hasAddress(family === 'IPv6' ? 'IPv4' : 'IPv6');
}

/** @throws {SystemError} if both families are required and the plan doesn't serve one of them. */
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

function wildcards({ v6Only, ipv4 }: Choice): PlannedEndpoint[] {
  const first: PlannedEndpoint = { family: 'IPv6', address: '::', v6Only, optional: 'family' };
  const second: PlannedEndpoint = { family: 'IPv4', address: '0.0.0.0', v6Only: null, optional: 'family' };
  if (ipv4 === 'beside') return [first, second];
  return ipv4 === 'instead' ? [first, { ...second, fallback: true }] : [first];
}

function loopbacks({ v6Only, ipv4 }: Choice): PlannedEndpoint[] {
  const ipv6: PlannedEndpoint = { family: 'IPv6', address: '::1', v6Only, optional: 'address' };
  if (ipv4 === 'never') return [ipv6];
  return [ipv6, { family: 'IPv4', address: '127.0.0.1', v6Only: null, optional: 'address' }];
}

function endpoint(address: string, family: number, choice: Choice, syscall: string): PlannedEndpoint {
  if (family === 4) return { family: 'IPv4', address, v6Only: null };
  const mapped = isIPv4Mapped(address);
  if (mapped && !choice.mapped)
    throw notIPv6(syscall, `${address} is IPv4-mapped, which only the stack 'dual' can bind`, address);
  return { family: 'IPv6', address, v6Only: choice.v6Only && !mapped };
}

/** IPv6 first. Equal addresses, however written, are bound once; one given by the caller beats one of a name. */
function ordered(endpoints: readonly PlannedEndpoint[]): PlannedEndpoint[] {
  const byAddress = new Map<string, PlannedEndpoint>();
  for (const endpoint of endpoints) {
    const key = canonicalAddress(endpoint.address);
    const known = byAddress.get(key);
    if (known === undefined || strictness(endpoint) > strictness(known)) byAddress.set(key, endpoint);
  }
  return [...byAddress.values()].sort((a, b) => Number(b.family === 'IPv6') - Number(a.family === 'IPv6'));
}

function strictness({ optional }: PlannedEndpoint): number {
  return ['address', 'family', undefined].indexOf(optional);
}

/** No interface has an address of the family. */
export function familyError(family: IPFamily, syscall: string, address?: string): SystemError {
  const failed = family === 'IPv6' ? noIPv6 : addressNotAvailable;
  return failed(syscall, `no interface of this machine has an ${family} address`, address);
}
