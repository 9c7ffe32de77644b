/** Whether listening sockets meet `v6only check --expect`; looks only at rows, not at sockets. */
import { isIPv6 } from 'node:net';
import { familyOf, isIPv6Wildcard, isWildcard, unmapIPv4 } from '../kernel/address';
import type { SocketRow } from '../machine/socket-rows';

export type Expected = 'ipv6' | 'dual' | 'split' | 'plain';

export const MEANING: Readonly<Record<Expected, string>> = {
  ipv6: 'ipv6, IPv6 only, with nothing that accepts IPv4',
  dual: 'dual, one [::] socket that accepts IPv6 and IPv4',
  split: 'split, an IPv6-only socket and an AF_INET socket',
  plain: 'plain, no client shows up as IPv4-mapped',
};

export function isExpected(text: string): text is Expected {
  return Object.hasOwn(MEANING, text);
}

/** `rows` are the sockets on one port; a null `address` means all addresses. */
export function fulfils(expected: Expected, rows: readonly SocketRow[], address: string | null): boolean {
  if (rows.some(isUnclear)) return false;
  const ipv6 = serving(rows, counterpart(address, 'IPv6'));
  const ipv4 = serving(rows, counterpart(address, 'IPv4'));
  if (address !== null && serving(rows, address).length === 0) return false;
  // A socket bound to one address would take that address's connections.
  const deciding = address === null ? rows : [...ipv6, ...ipv4];
  if (expected === 'plain') return deciding.length > 0 && !deciding.some(showsMapped);
  if (ipv6.length === 0) return false;
  if (expected === 'dual') return deciding.every(isDual);
  if (ipv6.some(acceptsIPv4)) return false;
  if (expected === 'split') return ipv4.length > 0 && ipv4.every(({ family }) => family !== 'IPv6');
  // IPv4 on another address is irrelevant to loopback; for any other address it is a way around IPv6-only.
  return !(address === '::1' ? ipv4 : rows).some(acceptsIPv4) && address !== counterpart(address, 'IPv4');
}

/** A process may serve one of its ports only locally; if it has no wildcard there, check the address it has. */
export function loneAddress(rows: readonly SocketRow[]): string | null {
  const addresses = rows.map(addressOf);
  return addresses.some(isWildcard) ? null : (addresses.find(isIPv6) ?? addresses[0] ?? null);
}

/** The other family's address for the same service: loopback for loopback, else the wildcard. */
function counterpart(address: string | null, family: 'IPv6' | 'IPv4'): string {
  if (address !== null && isIPv6(address) === (family === 'IPv6')) return address;
  const local = address === '::1' || address?.startsWith('127.');
  if (family === 'IPv6') return local ? '::1' : '::';
  return local ? '127.0.0.1' : '0.0.0.0';
}

/** The sockets that a connection to `address` may reach: those bound to the address itself, else the wildcards. */
export function serving(rows: readonly SocketRow[], address: string): SocketRow[] {
  const family = familyOf(address);
  const own = rows.filter((row) => !isWildcard(addressOf(row)) && isSame(addressOf(row), address));
  if (own.length > 0) return own;
  return rows.filter((row) => isWildcard(addressOf(row)) && row.accepts.includes(family));
}

/** An address without a zone means any interface. */
function isSame(found: string, asked: string): boolean {
  return found === asked || (!asked.includes('%') && found.split('%')[0] === asked);
}

export function addressOf({ local }: SocketRow): string {
  return unmapIPv4(local.address);
}

export function isDual({ accepts }: SocketRow): boolean {
  return accepts.length === 2;
}

/** The system doesn't report the option, which matters here: dual-stack and IPv6-only look the same. */
export function isUnclear({ family, local, v6Only }: SocketRow): boolean {
  return family === 'IPv6' && v6Only === null && isIPv6Wildcard(local.address);
}

function acceptsIPv4({ accepts }: SocketRow): boolean {
  return accepts.includes('IPv4');
}

/** The program sees an IPv4 client as `::ffff:a.b.c.d`. */
function showsMapped(row: SocketRow): boolean {
  return row.family === 'IPv6' && acceptsIPv4(row);
}
