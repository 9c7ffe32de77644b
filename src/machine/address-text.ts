/** 16-byte addresses as text, like inet_ntop; much faster than a call into Node for each. */
import type { IPFamily } from '../kernel/addon';

/** A power of two. */
const KEPT = 1024;
const GROUPS = 8;

/** A machine's sockets share few addresses, so the most recent texts are cached. */
export class AddressTexts {
  readonly #words = new Uint32Array(KEPT * 4);
  readonly #texts = new Array<string | undefined>(KEPT);

  /** The address at `at`, in network order; only the first four bytes for IPv4. */
  read(view: DataView, at: number, family: IPFamily): string {
    if (family === 'IPv4') return dotted(view.getUint32(at));
    const a = view.getUint32(at);
    const b = view.getUint32(at + 4);
    const c = view.getUint32(at + 8);
    const d = view.getUint32(at + 12);
    const words = this.#words;
    const slot = (a ^ b ^ c ^ d ^ (d >>> 10) ^ (d >>> 20)) & (KEPT - 1);
    const i = slot * 4;
    const text = this.#texts[slot];
    const known = words[i] === a && words[i + 1] === b && words[i + 2] === c && words[i + 3] === d;
    if (known && text !== undefined) return text;
    words[i] = a;
    words[i + 1] = b;
    words[i + 2] = c;
    words[i + 3] = d;
    const made = ipv6Text(view, at);
    this.#texts[slot] = made;
    return made;
  }
}

function dotted(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952; the dotted form for mapped and, as inet_ntop does, for compatible addresses. */
function ipv6Text(view: DataView, at: number): string {
  const group = (index: number): number => view.getUint16(at + 2 * index);
  const { start, length } = longestZeros(group);
  const embeds = start === 0 && (length === 6 || (length === 5 && group(5) === 0xffff));
  const end = embeds ? 6 : GROUPS;
  const hex = (from: number, to: number): string =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => group(from + i).toString(16)).join(':');
  const tail = embeds ? dotted(view.getUint32(at + 12)) : '';
  if (length < 2) return hex(0, GROUPS);
  const after = hex(start + length, end);
  return `${hex(0, start)}::${after}${after !== '' && embeds ? ':' : ''}${tail}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(group: (index: number) => number): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= GROUPS; i++) {
    if (i < GROUPS && group(i) === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
