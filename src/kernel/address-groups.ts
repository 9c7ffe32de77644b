/** The text of an IPv6 address as its eight groups (RFC 4291, 2.2). */

export const COLON = 0x3a;
export const ZERO = 0x30;
export const LETTER_F = 0x66;
/** The bit that makes an upper-case letter lower-case; it turns no other character into a letter. */
export const LOWER_CASE = 0x20;
const DOT = 0x2e;
const NINE = 0x39;
const LETTER_A = 0x61;

export const GROUPS = 8;
/** In characters, without a zone. */
const LONGEST = '0000:0000:0000:0000:0000:0000:255.255.255.255'.length;
/** The same as in every line of Node from 20 to 26 (lib/internal/net.js). */
const ZONE = /^%[0-9A-Za-z.:-]+$/;
/** More groups than any address has: the text isn't an address. */
const INVALID = GROUPS + 1;

/** The last address read, most significant group first. Shared by all calls, to avoid allocation. */
const groups = new Uint16Array(GROUPS);

export function group(index: number): number {
  return groups[index] ?? 0;
}

/**
 * Fills `groups` from a valid IPv6 address and returns whether it is one, like `net.isIPv6` (the tests compare
 * the two).
 */
export function readGroups(address: string): boolean {
  const zone = address.indexOf('%');
  const end = zone < 0 ? address.length : zone;
  if (end > LONGEST) return false;
  let count = 0;
  let gap = -1;
  let value = 0;
  let digits = 0;
  // A leading colon is the first of two.
  let index = address.charCodeAt(0) === COLON ? 1 : 0;
  if (index === 1 && address.charCodeAt(1) !== COLON) return false;
  for (; index < end; index++) {
    const code = address.charCodeAt(index);
    if (code === DOT) break;
    if (code !== COLON) {
      const digit = hexDigit(code);
      if (digit < 0 || ++digits > 4) return false;
      value = (value << 4) | digit;
    } else if (digits > 0) {
      groups[count++] = value;
      value = digits = 0;
    } else if (gap < 0) gap = count;
    else return false;
  }
  if (index < end) count = readDotted(address, index - digits, end, count);
  else if (digits > 0) groups[count++] = value;
  else if (gap !== count) return false;
  return spread(count, gap) && (zone < 0 || ZONE.test(address.slice(zone)));
}

/** Negative for anything but a digit. */
function hexDigit(code: number): number {
  if (code <= NINE) return code - ZERO;
  const lower = code | LOWER_CASE;
  return lower >= LETTER_A && lower <= LETTER_F ? lower - LETTER_A + 10 : -1;
}

/** Four decimal octets. */
function readDotted(address: string, start: number, end: number, count: number): number {
  let value = 0;
  let from = start;
  for (let octets = 0; octets < 4; octets++) {
    let to = from;
    while (to < end && address.charCodeAt(to) !== DOT) to++;
    const octet = readOctet(address, from, to);
    if (octet < 0 || (to === end) !== (octets === 3)) return INVALID;
    value = (value << 8) | octet;
    from = to + 1;
  }
  groups[count] = value >>> 16;
  groups[count + 1] = value;
  return count + 2;
}

/** Without leading zeros, because some programs read such an octet as octal. Negative for anything but an octet. */
function readOctet(address: string, from: number, to: number): number {
  const length = to - from;
  if (length < 1 || (length > 1 && address.charCodeAt(from) === ZERO)) return -1;
  let octet = 0;
  for (let index = from; index < to; index++) {
    const digit = address.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    octet = octet * 10 + digit;
  }
  return octet > 255 ? -1 : octet;
}

/** Inserts the zeros of `::` after `gap` groups (-1: there is none). A loop is fastest here. */
function spread(count: number, gap: number): boolean {
  if (gap < 0 || count >= GROUPS) return gap < 0 && count === GROUPS;
  const moved = GROUPS - count;
  for (let index = GROUPS - 1; index >= gap; index--) {
    groups[index] = index >= gap + moved ? group(index - moved) : 0;
  }
  return true;
}
