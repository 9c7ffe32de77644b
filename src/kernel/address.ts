import { isIPv4, SocketAddress } from 'node:net';
import type { IPFamily } from './addon';
import { COLON, GROUPS, group, LETTER_F, LOWER_CASE, readGroups, ZERO } from './address-groups';

const COMMON_PREFIX = '::ffff:';
/** Like `net.isIPv4`, which browsers don't have (v6only/address). */
const DOTTED = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)$/;

/** How an IPv6 address carries an IPv4 address. */
export type EmbeddingKind = 'mapped' | 'compatible' | 'nat64' | '6to4' | 'siit';

/** An IPv4 address and the format of the IPv6 address that contained it. */
export interface EmbeddedIPv4 {
  /** The IPv4 address, dotted. */
  address: string;
  /** The format of the IPv6 address. */
  kind: EmbeddingKind;
}

/**
 * Checks whether an address is an IPv4-mapped IPv6 address: the form in which IPv4 clients appear on a dual-stack
 * socket, and in which an attacker may write an IPv4 address that an access list refuses.
 *
 * @param address - An address as text; anything that isn't a string isn't an address.
 * @returns True for `::ffff:0:0/96` in any spelling that Node's `net.isIP` accepts: dotted or hexadecimal, in upper or
 * lower case, shortened or in full, with or without a `%zone`. False for everything else. Never throws.
 * @see RFC 4291, 2.5.5.2
 * @category Addresses of clients
 * @example
 * ```js
 * const { isIPv4Mapped } = require('v6only');
 *
 * console.log(isIPv4Mapped('::FFFF:c000:201'), isIPv4Mapped('::ffff:010.0.0.1'));
 * ```
 *
 * ```
 * true false
 * ```
 */
export function isIPv4Mapped(address: unknown): boolean {
  return mappedIPv4(address) !== null;
}

/**
 * Converts an IPv4-mapped IPv6 address to the IPv4 address, so that logs, access lists and rate limits see one name for
 * one client: `::ffff:192.0.2.1` and `::ffff:c000:201` become `192.0.2.1`.
 *
 * @param address - An address as text, such as `socket.remoteAddress`, which is undefined once the socket is destroyed.
 * @returns The plain IPv4 address of a mapped one, without a zone; anything else, including `undefined`, unchanged.
 * @see RFC 4291, 2.5.5.2
 * @category Addresses of clients
 * @example
 * ```js
 * const { unmapIPv4 } = require('v6only');
 *
 * console.log(unmapIPv4('::ffff:192.0.2.1'), unmapIPv4('2001:db8::1'));
 * ```
 *
 * ```
 * 192.0.2.1 2001:db8::1
 * ```
 */
export function unmapIPv4(address: string): string;
export function unmapIPv4<T>(address: T): T | string;
export function unmapIPv4(address: unknown): unknown {
  return mappedIPv4(address) ?? address;
}

/**
 * Finds the IPv4 address inside an IPv6 address of a well-known format. An IPv4 access list that guards outgoing
 * requests must check this address too: through a translator, each of these may reach the IPv4 host.
 *
 * Teredo, ISATAP and a site's own NAT64 prefix (including the local-use one, `64:ff9b:1::/48`) are not recognized.
 *
 * @param address - An address as text; anything that isn't a string isn't an address.
 * @returns Null for any other address, including IPv4 addresses, and for anything that isn't an address. Otherwise the
 * IPv4 address and the format:
 * - `mapped`: `::ffff:0:0/96` (RFC 4291, 2.5.5.2)
 * - `compatible`: `::/96` without `::` and `::1`, deprecated (RFC 4291, 2.5.5.1)
 * - `nat64`: `64:ff9b::/96`, the well-known prefix of NAT64 (RFC 6052, 2.1)
 * - `6to4`: `2002::/16` (RFC 3056, 2)
 * - `siit`: `::ffff:0:0:0/96`, IPv4-translated addresses (RFC 2765, 2.1; its successor RFC 7915 uses RFC 6052's)
 * @category Addresses of clients
 * @example
 * ```js
 * const { embeddedIPv4 } = require('v6only');
 *
 * console.log(embeddedIPv4('64:ff9b::192.0.2.1'));
 * ```
 *
 * ```
 * { address: '192.0.2.1', kind: 'nat64' }
 * ```
 */
export function embeddedIPv4(address: unknown): EmbeddedIPv4 | null {
  if (typeof address !== 'string' || !readGroups(address)) return null;
  const kind = heldKind();
  if (kind === null) return null;
  return { address: dotted(kind === '6to4' ? 1 : 6), kind };
}

/**
 * Checks whether an address is the IPv6 wildcard, on which a socket accepts traffic from any interface.
 *
 * @param address - An address as text.
 * @returns True for `::` in any valid spelling, including `0:0::0.0.0.0` and `::%eth0`; false for everything else.
 * @see RFC 4291, 2.5.2
 */
export function isIPv6Wildcard(address: string): boolean {
  if (address === '::') return true;
  return isZeroOrColon(address.charCodeAt(0)) && readGroups(address) && allZero(0, GROUPS);
}

/**
 * Checks whether an IPv6 address is link-local, and so meaningful only together with an interface.
 *
 * @param address - An address as text.
 * @returns True for `fe80::/10` in any valid spelling, with or without a `%zone`; false for everything else.
 * @see RFC 4291, 2.5.6
 */
export function isLinkLocal(address: string): boolean {
  return readGroups(address) && (group(0) & 0xffc0) === 0xfe80;
}

/** The family of a valid address. */
export function familyOf(address: string): IPFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** The wildcard of either family. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || isIPv6Wildcard(address);
}

/** A valid address as kernels print it, so that equal addresses are equal strings; a `%zone` is kept. */
export function canonicalAddress(address: string): string {
  if (isIPv4(address)) return address;
  const zone = address.indexOf('%');
  const end = zone < 0 ? address.length : zone;
  return new SocketAddress({ address: address.slice(0, end), family: 'ipv6' }).address + address.slice(end);
}

/** RFC 5952, 6: `[address]:port` for IPv6. Anything else, including a host name, has no brackets. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The IPv4 address of an IPv4-mapped one. */
function mappedIPv4(address: unknown): string | null {
  if (typeof address !== 'string' || !looksMapped(address)) return null;
  return commonTail(address) ?? (readGroups(address) && heldKind() === 'mapped' ? dotted(6) : null);
}

/** For the spelling that kernels and Node print, `::ffff:` and an IPv4 address, this takes half the time. */
function commonTail(address: string): string | null {
  if (!address.startsWith(COMMON_PREFIX) || address.includes(':', COMMON_PREFIX.length)) return null;
  const tail = address.slice(COMMON_PREFIX.length);
  return DOTTED.test(tail) ? tail : null;
}

/** In any spelling only zeros and colons precede the `ffff` of a mapped address; few other addresses match. */
function looksMapped(address: string): boolean {
  let index = 0;
  while (isZeroOrColon(address.charCodeAt(index))) index++;
  for (const end = index + 4; index < end; index++) {
    if ((address.charCodeAt(index) | LOWER_CASE) !== LETTER_F) return false;
  }
  return address.charCodeAt(index) === COLON;
}

function isZeroOrColon(code: number): boolean {
  return code === COLON || code === ZERO;
}

function allZero(from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (group(index) !== 0) return false;
  return true;
}

function heldKind(): EmbeddingKind | null {
  if (group(0) === 0x2002) return '6to4';
  if (group(0) === 0x64) return group(1) === 0xff9b && allZero(2, 6) ? 'nat64' : null;
  if (!allZero(0, 4)) return null;
  if (group(4) === 0xffff) return group(5) === 0 ? 'siit' : null;
  if (group(4) !== 0) return null;
  if (group(5) === 0xffff) return 'mapped';
  return group(5) === 0 && (group(6) !== 0 || group(7) > 1) ? 'compatible' : null;
}

/** The dotted form of the two groups from `index` on. */
function dotted(index: number): string {
  const high = group(index);
  const low = group(index + 1);
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
