import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  type EmbeddingKind,
  embeddedIPv4,
  formatEndpoint,
  isIPv4Mapped,
  isIPv6Wildcard,
  isLinkLocal,
  isWildcard,
  unmapIPv4,
} from '../../src/kernel/address';

const {
  V6ONLY_TEST_SEED: givenSeed = '20230428',
  V6ONLY_TEST_SPELLINGS: givenSpellings = '100000',
  V6ONLY_NO_SUCH_VARIABLE: missing,
} = process.env;
const SEED = Number(givenSeed);
const SPELLINGS = Number(givenSpellings);

// --- the reference: 128-bit integers, and prefixes as numbers; what is an address is asked of net.isIP ---

const PREFIXES: readonly [kind: EmbeddingKind, network: bigint, bits: bigint, shift: bigint][] = [
  ['mapped', 0xffffn << 32n, 96n, 0n],
  ['nat64', 0x0064_ff9bn << 96n, 96n, 0n],
  ['siit', 0xffffn << 48n, 96n, 0n],
  ['6to4', 0x2002n << 112n, 16n, 80n],
  ['compatible', 0n, 96n, 0n],
];

interface Expected {
  mapped: boolean;
  embedded: { address: string; kind: EmbeddingKind } | null;
  wildcard: boolean;
  linkLocal: boolean;
}

const NOTHING: Expected = { mapped: false, embedded: null, wildcard: false, linkLocal: false };

function dottedOf(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

function expectedOf(value: bigint): Expected {
  const found = PREFIXES.find(([, network, bits]) => value >> (128n - bits) === network >> (128n - bits));
  const embedded =
    found === undefined || value < 2n ? null : { address: dottedOf(value >> found[3]), kind: found[0] };
  return {
    mapped: embedded?.kind === 'mapped',
    embedded,
    wildcard: value === 0n,
    linkLocal: value >> 118n === 0x3fan,
  };
}

/** The 128 bits of a text that `net.isIPv6` accepts. */
function bitsOf(text: string): bigint {
  const [bare = ''] = text.split('%');
  const hex = bare.replace(/\d+\.\d+\.\d+\.\d+$/, (quad) => {
    const octets = quad.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    return `${octets.slice(0, 2).join('')}:${octets.slice(2).join('')}`;
  });
  const [head = [], tail = []] = hex
    .split('::')
    .map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return BigInt(`0x${[...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('')}`);
}

function expectedOfText(text: string): Expected {
  return net.isIP(text) === 6 ? expectedOf(bitsOf(text)) : NOTHING;
}

function answersOf(text: string): Expected {
  return {
    mapped: isIPv4Mapped(text),
    embedded: embeddedIPv4(text),
    wildcard: isIPv6Wildcard(text),
    linkLocal: isLinkLocal(text),
  };
}

/** Compares without `expect`, which is too slow for 100,000; throws with the seed. */
function check(text: string, expected: Expected): void {
  const answers = answersOf(text);
  const unmapped = unmapIPv4(text);
  const same =
    answers.mapped === expected.mapped &&
    answers.embedded?.kind === expected.embedded?.kind &&
    answers.embedded?.address === expected.embedded?.address &&
    answers.wildcard === expected.wildcard &&
    answers.linkLocal === expected.linkLocal &&
    unmapped === (expected.mapped ? expected.embedded?.address : text);
  if (same) return;
  const found = JSON.stringify({ ...answers, unmapped });
  throw new Error(
    `V6ONLY_TEST_SEED=${SEED}: ${JSON.stringify(text)} is ${found}, not ${JSON.stringify(expected)}`,
  );
}

// --- the generator ---

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** mulberry32: an integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  bits(count: number): bigint {
    let value = 0n;
    for (let done = 0; done < count; done += 16) value = (value << 16n) | BigInt(this.below(0x10000));
    return value & ((1n << BigInt(count)) - 1n);
  }
}

const NETWORKS = [
  ...PREFIXES.map(([, network]) => network),
  0xfe80n << 112n,
  0x0064_ff9b_0001n << 80n,
] as const;

/** A value at or near one of the prefixes: half of them exactly, others with one bit turned, or anything. */
function someValue(random: Random): bigint {
  if (random.chance(12)) return random.bits(128);
  const network = NETWORKS[random.below(NETWORKS.length)] ?? 0n;
  const host = random.pick([
    0n,
    1n,
    2n,
    0xffffn,
    0xffff_ffffn,
    random.bits(32),
    random.bits(32),
    random.bits(112),
  ]);
  const value = (network | host) & ((1n << 128n) - 1n);
  return random.chance(3) ? value ^ (1n << BigInt(random.below(128))) : value;
}

function someHex(group: bigint, random: Random): string {
  const hex = group.toString(16);
  const padded = hex.padStart(hex.length + random.below(5 - hex.length), '0');
  return [...padded].map((digit) => (random.chance(2) ? digit.toUpperCase() : digit)).join('');
}

/** Where `::` may stand: every run of zero groups, of any length, in any place. */
function zeroRuns(groups: readonly bigint[], end: number): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (let from = 0; from < end; from++)
    for (let to = from + 1; to <= end && groups[to - 1] === 0n; to++) runs.push([from, to]);
  return runs;
}

function spell(value: bigint, random: Random): string {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => (value >> shift) & 0xffffn);
  const dotted = random.chance(2);
  const end = dotted ? 6 : 8;
  const fields = groups.slice(0, end).map((group) => someHex(group, random));
  if (dotted) fields.push(dottedOf(value));
  const runs = zeroRuns(groups, end);
  const run = random.chance(4) ? undefined : runs[random.below(runs.length)];
  const bare =
    run === undefined
      ? fields.join(':')
      : `${fields.slice(0, run[0]).join(':')}::${fields.slice(run[1]).join(':')}`;
  return random.chance(4)
    ? `${bare}%${random.pick(['eth0', '1', 'en0.100', 'a-b', '::ffff:1.2.3.4', '0'])}`
    : bare;
}

const CHARACTERS = [...':::...%%0019afAFgGxX/ -[]@', '\0', '\n', 'ﬀ', '٣', '😀', '\ud800'];

function mutate(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const removed = random.below(3);
  const inserted = random.chance(3) ? '' : (CHARACTERS[random.below(CHARACTERS.length)] ?? '');
  return text.slice(0, at) + inserted + text.slice(at + removed);
}

/** The same from Python, for a sample: the reference too is only a program. */
function valuesFromPython(texts: readonly string[]): bigint[] {
  const script =
    'import sys,ipaddress\nfor t in sys.stdin.read().split(): print(int(ipaddress.IPv6Address(t)))';
  return execFileSync('python3', ['-c', script], { input: texts.join('\n'), encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(BigInt);
}

describe('addresses: against a reference on 128-bit integers', { timeout: 60_000 }, () => {
  it(`answers rightly for ${SPELLINGS} spellings`, () => {
    const random = new Random(SEED);
    const seen = new Map<string, number>();
    for (let i = 0; i < SPELLINGS; i++) {
      const value = someValue(random);
      const text = spell(value, random);
      if (net.isIP(text) !== 6) throw new Error(`V6ONLY_TEST_SEED=${SEED}: the generator is wrong: ${text}`);
      const expected = expectedOf(value);
      check(text, expected);
      const kind = expected.embedded?.kind ?? 'none';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    for (const kind of [...PREFIXES.map(([name]) => name), 'none'])
      expect(seen.get(kind)).toBeGreaterThan(SPELLINGS * 0.05);
  });

  it(`answers rightly for ${SPELLINGS} damaged spellings, most of which are garbage`, () => {
    const random = new Random(SEED + 1);
    let garbage = 0;
    for (let i = 0; i < SPELLINGS; i++) {
      let text = spell(someValue(random), random);
      for (let times = 1 + random.below(3); times > 0; times--) text = mutate(text, random);
      if (net.isIP(text) !== 6) garbage++;
      check(text, expectedOfText(text));
    }
    expect(garbage).toBeGreaterThan(SPELLINGS / 4);
    expect(garbage).toBeLessThan(SPELLINGS * 0.95);
  });

  it('agrees with Python about 5,000 of them', () => {
    const random = new Random(SEED + 2);
    const texts = Array.from({ length: 5_000 }, () => spell(someValue(random), random).split('%')[0] ?? '');
    const values = valuesFromPython(texts);
    expect(values).toHaveLength(texts.length);
    for (const [i, text] of texts.entries()) check(text, expectedOf(values[i] ?? -1n));
  });

  it('answers rightly for each single bit turned in each prefix', () => {
    const random = new Random(SEED + 3);
    for (const network of NETWORKS) {
      for (let bit = 0n; bit < 128n; bit++) {
        const value = (network | 0xc000_0201n) ^ (1n << bit);
        for (let times = 0; times < 4; times++) check(spell(value, random), expectedOf(value));
      }
    }
  });
});

describe('isIPv4Mapped and unmapIPv4', () => {
  it.each([
    '::ffff:127.0.0.1',
    '::fFFf:127.0.0.1',
    '::FFFF:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:7f00:0001',
    '0:0:0:0:0:ffff:127.0.0.1',
    '0:0:0:0:0:ffff:7f00:0001',
    '0000:0000:0000:0000:0000:ffff:7f00:0001',
    '0000:0000:0000:0000:0000:FFFF:127.0.0.1',
    '0::ffff:127.0.0.1',
    '0:0::0:0:ffff:7F00:1',
    '::ffff:127.0.0.1%eth0',
    '::ffff:7f00:1%1',
    '::ffff:127.0.0.1%::ffff:10.0.0.1',
  ])('%s is 127.0.0.1', (text) => {
    expect(isIPv4Mapped(text)).toBe(true);
    expect(unmapIPv4(text)).toBe('127.0.0.1');
    expect(embeddedIPv4(text)).toEqual({ address: '127.0.0.1', kind: 'mapped' });
  });

  it('knows the first and the last one, also where :: stands for the IPv4 address', () => {
    expect(unmapIPv4('::ffff:0:0')).toBe('0.0.0.0');
    expect(unmapIPv4('0:0:0:0:0:ffff::')).toBe('0.0.0.0');
    expect(unmapIPv4('::ffff:ffff:ffff')).toBe('255.255.255.255');
    expect(unmapIPv4('::fffe:ffff:ffff')).toBe('::fffe:ffff:ffff');
    expect(unmapIPv4('::1:0:0:0')).toBe('::1:0:0:0');
  });

  // CVE-2023-42282 and CVE-2024-29415 (ip), indutny/node-ip#122, #150, #161; CVE-2020-28360 (private-ip);
  // whitequark/ipaddr.js#43, #96, #213 (octal, 222.1.41.9000, ::10.0.0.1 as mapped); ip-address (low 32 bits of any).
  it.each([
    '0x7f.1',
    '0x7F.1',
    '0x7f000001',
    '127.1',
    '127.0.1',
    '127.00.0x1',
    '127.0.0x0.1',
    '0177.0.0.1',
    '012.1.2.3',
    '01200034567',
    '017700000001',
    '2130706433',
    '000.0.0.0',
    '0000.0000.0000.0000',
    '0.0.0.0',
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    'fe80::0001',
    '000:0:0000::01',
    '000:0:0000:0:000:0:00:001',
    '::',
    '::1',
    '::10.0.0.1',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:010.0.0.1',
    '::ffff:0177.0.0.1',
    '::ffff:0251.254.169.254',
    '::ffff:001.002.003.004',
    '::ffff:0x7f.0.0.1',
    '::ffff:127.1',
    '::ffff:127.0.1',
    '::ffff:222.1.41.9000',
    '::FFFF:222.1.41.256',
    '::ffff:127.0.0.1.',
    '::ffff:.127.0.0.1',
    '::ffff:127..0.1',
    '::ffff:127.0.0.1:80',
    '::ffff:127.0.0.1/96',
    '::ffff:127.0.0.1%',
    '::ffff:127.0.0.1%a b',
    '::ffff:127.0.0.1\0',
    '::ffff:127.0.0.1\n',
    ' ::ffff:127.0.0.1',
    '::ffff:127.0.0.1 ',
    '[::ffff:127.0.0.1]',
    '::ffff:7f00:1]',
    '::ffff:7f00:00001',
    '::0ffff:7f00:1',
    '::gfff:7f00:1',
    '::ffff:7f00:1:',
    ':::ffff:7f00:1',
    ':ffff:7f00:1',
    '::ffff::7f00:1',
    '0:0:0:0:0:0:ffff:127.0.0.1',
    '0:0:0:0:ffff:127.0.0.1',
    '0:0:0:0:0:0:0:ffff:7f00:1',
    // The `::` of eight groups would stand for none.
    '::0:0:0:0:0:ffff:7f00:1',
    '0:0:0::0:0:ffff:7f00:1',
    '0:0:0:0:0:ffff:7f00:1::',
    '::ffff:0:127.0.0.1',
    '::fffe:127.0.0.1',
    '1::ffff:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '2002:7f00:1::',
    '2001:db8::ffff:127.0.0.1',
    '::ﬀff:127.0.0.1',
    '::ffff:١٢٧.0.0.1',
    '',
    ':',
    '%',
    '.',
    '::ffff:',
    '::ffff',
    '::ffff:7f00',
    'localhost',
    'undefined',
  ])('%j is not mapped and comes back as it is', (text) => {
    expect(isIPv4Mapped(text)).toBe(false);
    expect(unmapIPv4(text)).toBe(text);
    check(text, expectedOfText(text));
  });

  it('returns what is no text as it is, and throws nothing', () => {
    const hostile = {
      toString: () => {
        throw new Error('read');
      },
    };
    const boxed = Object('::ffff:127.0.0.1');
    const spoofed = { toString: () => '::ffff:127.0.0.1', length: 16, charCodeAt: () => 0x3a };
    const values = [
      undefined,
      null,
      0,
      Number.NaN,
      1n,
      true,
      Symbol('x'),
      {},
      [],
      ['::ffff:1.2.3.4'],
      () => '::ffff:1.2.3.4',
    ];
    for (const value of [...values, hostile, boxed, spoofed, Object.create(null)]) {
      expect(isIPv4Mapped(value)).toBe(false);
      expect(unmapIPv4(value)).toBe(value);
      expect(embeddedIPv4(value)).toBeNull();
    }
  });

  it('is quick with long garbage', { timeout: 60_000 }, () => {
    const quickest = (garbage: string) => {
      const runs = Array.from({ length: 9 }, () => {
        const started = process.hrtime.bigint();
        check(garbage, NOTHING);
        return Number(process.hrtime.bigint() - started);
      });
      return Math.min(...runs);
    };
    // Not as the square of the length: that would be 10,000 times as long.
    for (const unit of [':', '0', '0:', '::ffff:', '1.', '%', '::ffff:1.2.3.4%'])
      expect(quickest(unit.repeat(1_000_000)) / quickest(unit.repeat(10_000)), unit).toBeLessThan(2_000);
  });

  it('keeps the type of what it is given', () => {
    const text: string = unmapIPv4('::1');
    const header: string | undefined = unmapIPv4(missing);
    const list: string | readonly string[] = unmapIPv4<readonly string[]>(['::1']);
    expect([text, header, list]).toEqual(['::1', undefined, ['::1']]);
  });

  it('allocates nothing for what it does not change', { timeout: 60_000 }, () => {
    const unchanged = [
      '192.0.2.1',
      '2001:db8::1',
      '::1',
      '0:0:0:0:0:0:0:1',
      '::fffe:0:c000:201',
      '::fffe:0:c000:201%eth0',
      'garbage',
      undefined,
    ];
    const bytesPerCall = (run: (address: string | undefined) => unknown, list = unchanged) => {
      const measured = Array.from({ length: 9 }, () => {
        const before = process.memoryUsage().heapUsed;
        for (let i = 0; i < 7_000; i++) run(list[i % list.length]);
        return (process.memoryUsage().heapUsed - before) / 7_000;
      });
      return measured.sort((a, b) => a - b)[4] ?? Number.NaN;
    };
    let kept: unknown;
    const allocating = (address: string | undefined) => {
      kept = { address };
    };
    for (let i = 0; i < 20; i++)
      [unmapIPv4, isIPv4Mapped, embeddedIPv4, allocating].map((run) => bytesPerCall(run));
    expect(bytesPerCall(allocating)).toBeGreaterThan(15);
    expect(bytesPerCall(unmapIPv4)).toBeLessThan(4);
    expect(bytesPerCall(isIPv4Mapped)).toBeLessThan(4);
    expect(bytesPerCall(embeddedIPv4)).toBeLessThan(4);
    expect(bytesPerCall(unmapIPv4, ['::ffff:0:c000:201', '::ffff:0:192.0.2.1'])).toBeLessThan(4);
    expect(kept).toBeDefined();
  });
});

describe('embeddedIPv4', () => {
  it.each([
    ['::ffff:192.0.2.33', 'mapped', '192.0.2.33'],
    ['::192.0.2.33', 'compatible', '192.0.2.33'],
    ['::2', 'compatible', '0.0.0.2'],
    ['::ffff:ffff', 'compatible', '255.255.255.255'],
    ['64:ff9b::192.0.2.33', 'nat64', '192.0.2.33'],
    ['0064:FF9B:0::c000:221', 'nat64', '192.0.2.33'],
    ['2002:c000:221::', '6to4', '192.0.2.33'],
    ['2002:c000:221:ffff:ffff:ffff:1.2.3.4', '6to4', '192.0.2.33'],
    ['::ffff:0:192.0.2.33', 'siit', '192.0.2.33'],
    ['0:0:0:0:ffff:0:c000:221%en0', 'siit', '192.0.2.33'],
  ])('%s is %s %s', (text, kind, address) => {
    expect(embeddedIPv4(text)).toEqual({ address, kind });
  });

  it.each([
    ['the wildcard', '::'],
    ['loopback', '::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['ISATAP', 'fe80::5efe:192.0.2.33'],
    ['the local-use NAT64 prefix', '64:ff9b:1::192.0.2.33'],
    ['a NAT64 prefix of a site', '2001:db8:122:344::192.0.2.33'],
    ['an IPv4 address', '192.0.2.33'],
  ])('says null for %s', (_, text) => {
    expect(embeddedIPv4(text)).toBeNull();
  });
});

describe('isIPv6Wildcard and isLinkLocal', () => {
  it.each(['::', '0::', '::0', '0:0:0:0:0:0:0:0', '0000::0.0.0.0', '::%eth0', '::0.0.0.0%1'])(
    '%s is the wildcard',
    (text) => {
      expect(isIPv6Wildcard(text)).toBe(true);
      expect(isLinkLocal(text)).toBe(false);
    },
  );

  it.each([
    '',
    '0.0.0.0',
    '::1',
    '::ffff:0.0.0.0',
    '::8000:0',
    '1::',
    ':::',
    '::%',
    '[::]',
    ':',
    '0',
    'localhost',
  ])('%j is not', (text) => {
    expect(isIPv6Wildcard(text)).toBe(false);
  });

  it.each(['fe80::1', 'FE80::', 'fe80::1%eth0', 'febf:ffff::1', 'fe81::192.0.2.1'])(
    '%s is link-local',
    (text) => {
      expect(isLinkLocal(text)).toBe(true);
    },
  );

  it.each(['fec0::1', 'fe7f::1', 'ff80::1', 'fe80', 'fe80::1%', '0fe80::1', '169.254.0.1', '::fe80', '::1'])(
    '%s is not',
    (text) => {
      expect(isLinkLocal(text)).toBe(false);
    },
  );
});

it.each([
  ['0.0.0.0', true],
  ['0::0', true],
  ['::ffff:0.0.0.0', false],
  ['127.0.0.1', false],
  ['', false],
])('isWildcard of %j is %s', (text, expected) => {
  expect(isWildcard(text)).toBe(expected);
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['0::0', '::'],
  ['::FFFF:c000:201', '::ffff:192.0.2.1'],
  ['FE80:0::1%Eth0', 'fe80::1%Eth0'],
])('canonicalAddress of %s is %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

it.each([
  ['::', 80, '[::]:80'],
  ['fe80::1%lo', 1, '[fe80::1%lo]:1'],
  ['192.0.2.1', 65535, '192.0.2.1:65535'],
  ['localhost', 80, 'localhost:80'],
])('formatEndpoint of %s and %i is %s', (address, port, expected) => {
  expect(formatEndpoint(address, port)).toBe(expected);
});
