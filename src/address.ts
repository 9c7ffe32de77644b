import { isIPv4, isIPv6 } from 'node:net';

/** How an IPv6 address carries an IPv4 address. */
export type EmbeddingKind = 'mapped' | 'compatible' | 'nat64' | '6to4' | 'siit';

/** An IPv4 address, in the usual dotted form, and the format of the IPv6 address that it was found in. */
export interface EmbeddedIPv4 {
  address: string;
  kind: EmbeddingKind;
}

const COLON = 0x3a;
const DOT = 0x2e;
const PERCENT = 0x25;
const ZERO = 0x30;
const NINE = 0x39;
const COMMON_PREFIX = '::ffff:';
const SHORTEST_MAPPED = '::ffff:0:0'.length;

/** The address being looked at, most significant group first. One for all calls, to allocate nothing. */
const groups = new Uint16Array(8);

/**
 * Tells whether an address is an IPv4-mapped IPv6 address: how a client that came over IPv4 shows on a dual-stack
 * socket, and how an attacker may spell an IPv4 address that an access list refuses.
 *
 * @param address - An address as text. What is no text is no address.
 * @returns True for `::ffff:0:0/96` in any spelling that Node's `net.isIP` accepts: dotted or hexadecimal, in upper or
 * lower case, shortened or in full, with or without a `%zone`. False for everything else. Nothing is thrown.
 * @see RFC 4291, 2.5.5.2
 */
export function isIPv4Mapped(address: unknown): boolean {
  return mappedIPv4(address) !== null;
}

/**
 * Turns an IPv4-mapped IPv6 address back into the IPv4 address that it stands for, so that logs, access lists and rate
 * limits see one client under one name: `::ffff:192.0.2.1` and `::ffff:c000:201` become `192.0.2.1`.
 *
 * @param address - An address as text, such as `socket.remoteAddress`, which is undefined once the socket is gone.
 * @returns The plain IPv4 address of a mapped one, without a zone; anything else, `undefined` included, as it is.
 * @see RFC 4291, 2.5.5.2
 */
export function unmapIPv4(address: string): string;
export function unmapIPv4<T>(address: T): T | string;
export function unmapIPv4(address: unknown): unknown {
  return mappedIPv4(address) ?? address;
}

/**
 * Finds the IPv4 address that an IPv6 address of a well-known format carries. An access list for IPv4 that guards
 * outgoing requests has to look at this one too: through a translator, each of these may reach the IPv4 host.
 *
 * Not recognised are Teredo, ISATAP and a site's own NAT64 prefix (the local-use one, `64:ff9b:1::/48`, included).
 *
 * @param address - An address as text. What is no text is no address.
 * @returns Null for an address of another kind, IPv4 addresses included, and for what is no address at all. Otherwise
 * the IPv4 address, and the format:
 * - `mapped`: `::ffff:0:0/96` (RFC 4291, 2.5.5.2)
 * - `compatible`: `::/96` without `::` and `::1`, deprecated (RFC 4291, 2.5.5.1)
 * - `nat64`: `64:ff9b::/96`, the well-known prefix of NAT64 (RFC 6052, 2.1)
 * - `6to4`: `2002::/16` (RFC 3056, 2)
 * - `siit`: `::ffff:0:0:0/96`, IPv4-translated addresses (RFC 2765, 2.1; its successor RFC 7915 uses RFC 6052's)
 */
export function embeddedIPv4(address: unknown): EmbeddedIPv4 | null {
  if (typeof address !== 'string' || !readGroups(address)) return null;
  const kind = heldKind();
  if (kind === null || !isIPv6(address)) return null;
  return { address: dotted(kind === '6to4' ? 1 : 6), kind };
}

/**
 * Tells whether an address is the IPv6 wildcard, on which a socket takes what comes in on any interface.
 *
 * @param address - An address as text.
 * @returns True for `::` in any valid spelling, `0:0::0.0.0.0` and `::%eth0` included; false for everything else.
 * @see RFC 4291, 2.5.2
 */
export function isIPv6Wildcard(address: string): boolean {
  if (address === '::') return true;
  return startsWithZero(address) && readGroups(address) && allZero(0, 8) && isIPv6(address);
}

/**
 * Tells whether an IPv6 address is link-local, and so means something together with an interface only.
 *
 * @param address - An address as text.
 * @returns True for `fe80::/10` in any valid spelling, with or without a `%zone`; false for everything else.
 * @see RFC 4291, 2.5.6
 */
export function isLinkLocal(address: string): boolean {
  return readGroups(address) && (group(0) & 0xffc0) === 0xfe80 && isIPv6(address);
}

/** The IPv4 address of an IPv4-mapped one. Most other addresses differ in length or at the first character. */
function mappedIPv4(address: unknown): string | null {
  if (typeof address !== 'string' || address.length < SHORTEST_MAPPED) return null;
  return startsWithZero(address) ? (commonTail(address) ?? uncommonTail(address)) : null;
}

/** The spelling that kernels and Node print, `::ffff:` and an IPv4 address, costs a third of the others this way. */
function commonTail(address: string): string | null {
  if (!address.startsWith(COMMON_PREFIX) || address.lastIndexOf(':') >= COMMON_PREFIX.length) return null;
  const tail = address.slice(COMMON_PREFIX.length);
  return isIPv4(tail) ? tail : null;
}

function uncommonTail(address: string): string | null {
  return readGroups(address) && heldKind() === 'mapped' && isIPv6(address) ? dotted(6) : null;
}

function startsWithZero(address: string): boolean {
  const first = address.charCodeAt(0);
  return first === COLON || first === ZERO;
}

function group(index: number): number {
  return groups[index] ?? 0;
}

function allZero(from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (groups[index] !== 0) return false;
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

/**
 * Fills `groups`: rightly from a valid IPv6 address, somehow from anything else. So whoever finds in `groups` what he
 * looks for still asks `net.isIPv6`, which alone decides what is an address, and is too slow to be asked first.
 */
function readGroups(address: string): boolean {
  let count = 0;
  let gap = -1;
  for (let start = 0; count <= 8; ) {
    const end = endOfField(address, start);
    if (end > start) count = readField(address, start, end, count);
    else if (start > 0) gap = count;
    if (address.charCodeAt(end) !== COLON) return spread(count, gap);
    start = end + 1;
  }
  return false;
}

/** A field ends at a colon, before a zone, or with the text. */
function endOfField(address: string, start: number): number {
  for (let end = start; end < address.length; end++) {
    const code = address.charCodeAt(end);
    if (code === COLON || code === PERCENT) return end;
  }
  return address.length;
}

/** Reads one hexadecimal group, or the two of a dotted field; returns how many groups have been read by then. */
function readField(address: string, start: number, end: number, count: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const code = address.charCodeAt(index);
    if (code === DOT) return readDotted(address, start, end, count);
    value = (value << 4) | (code > NINE ? (code & 0xf) + 9 : code & 0xf);
  }
  groups[count] = value;
  return count + 1;
}

function readDotted(address: string, start: number, end: number, count: number): number {
  let value = 0;
  let octet = 0;
  for (let index = start; index < end; index++) {
    const code = address.charCodeAt(index);
    if (code === DOT) value = (value << 8) | octet;
    octet = code === DOT ? 0 : octet * 10 + (code & 0xf);
  }
  groups[count] = value >> 8;
  groups[count + 1] = (value << 8) | octet;
  return count + 2;
}

/** Puts the zeros of `::` in their place, which `gap` groups precede (-1: there is none). A loop is the quickest here. */
function spread(count: number, gap: number): boolean {
  if (gap < 0 || count > 8) return count === 8;
  const moved = 8 - count;
  for (let index = 7; index >= gap; index--) groups[index] = index >= gap + moved ? group(index - moved) : 0;
  return true;
}
