/** What `v6only bindtest` says of a matrix, on screen and as a page. */
import { describe, expect, it } from 'vitest';
import { type Bindtest, formatBindtest } from '../../src/cli/bindtest';
import { formatPage } from '../../src/cli/bindtest-page';
import { meaningOf } from '../../src/cli/bindtest-picture';
import type { PlatformDefaults } from '../../src/machine/defaults';
import { BINDS, type BindMatrix, cellOf } from '../../src/matrix/bind-outcome';
import { differences, RECORDED_KERNELS } from '../../src/matrix/recorded-binds';
import { matrixOf, recordedMatrix } from '../harness/bind-matrices';

function testOf(matrix: BindMatrix): Bindtest {
  const comparisons = RECORDED_KERNELS.map((kernel) => ({ kernel, rows: differences(matrix, kernel) }));
  return { matrix, comparisons };
}

const PIPE = { columns: null, color: false };
const FREEBSD = testOf(recordedMatrix('freebsd-14.0'));
const LINUX = testOf(recordedMatrix('linux-6.18'));
const DEFAULTS: PlatformDefaults = {
  platform: 'freebsd',
  release: '14.0-RELEASE',
  ipv6: true,
  ipv6Loopback: true,
  ipv6Address: true,
  ipv4Mapped: true,
  v6Only: true,
  changeable: true,
  sysctl: { name: 'net.inet6.ip6.v6only', value: 1 },
  node: { tcp: false, udp: true },
};

describe('v6only bindtest: the recorded kernels', () => {
  it('have a cell for every trial', () => {
    for (const { matrix } of [FREEBSD, LINUX]) {
      expect(matrix.rows).toHaveLength(216);
      for (const row of matrix.rows) expect(cellOf(row)).toMatch(/^(xx|[12*.][12*.])$/);
    }
  });

  it('agree on an IPv6-only socket beside an IPv4 one, in any order, whatever the option', () => {
    const isIPv4 = (name: string) => name === '0.0.0.0' || name.includes('127.0.0.1');
    const sideBySide = FREEBSD.matrix.rows.filter(
      ({ first, second }) =>
        (first === '[::] v6only=1' && isIPv4(second)) || (second === '[::] v6only=1' && isIPv4(first)),
    );
    expect(sideBySide).toHaveLength(36);
    for (const row of sideBySide) expect(cellOf(row)).toBe(isIPv4(row.first) ? '12' : '21');
    expect(
      differences({ ...LINUX.matrix, rows: sideBySide }, FREEBSD.comparisons[0]?.kernel as never),
    ).toEqual([]);
  });

  it('differ without any option in one pair: 0.0.0.0, then a dual-stack [::]', () => {
    const rows = FREEBSD.comparisons[0]?.rows.filter(({ reuse }) => reuse === 'none');
    expect(rows).toMatchObject(
      ['tcp', 'udp'].map((protocol) => ({
        protocol,
        first: '0.0.0.0',
        second: '[::] v6only=0',
        to127001: 'second',
      })),
    );
  });
});

describe('v6only bindtest: on screen', () => {
  const [, ...paragraphs] = formatBindtest(FREEBSD, PIPE).trimEnd().split('\n\n');

  it('is a table of each kind of outcome, with the titles of all that are alike', () => {
    const tables = paragraphs.slice(1, -1);
    expect(tables.map((text) => text.split('first \\ second')[0]?.trim().replace(/\s+/g, ' '))).toEqual([
      'TCP, no reuse option; UDP, no reuse option',
      'TCP, SO_REUSEADDR; UDP, SO_REUSEADDR',
      'TCP, SO_REUSEPORT; UDP, SO_REUSEPORT',
    ]);
    const [, titles = '', first = ''] = tables[0]?.split('\n') ?? [];
    expect(titles.split(/ {2,}/)).toEqual([
      'first \\ second',
      ...['0.0.0.0', '127.0.0.1', '[::] 0', '[::] 1', '::1', '::ffff:127.0.0.1'],
    ]);
    expect(first.split(/ {2,}/)).toEqual(['0.0.0.0', 'xx', 'xx', '22', '12', '12', 'xx']);
  });

  it('says how far the recorded kernels agree', () => {
    expect(paragraphs.at(-1)).toBe(
      'Linux 6.18, recorded: 47 of 216 trials differ; --html FILE shows which.\n' +
        'FreeBSD 14.0, recorded: all 216 trials agree.',
    );
  });

  it('fits 80 columns, and has colours on a terminal only', () => {
    for (const line of formatBindtest(LINUX, PIPE).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(formatBindtest(LINUX, PIPE)).not.toContain('\u001b');
    const colored = formatBindtest(LINUX, { columns: 80, color: true });
    expect(colored).toContain('\u001b[2mxx\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(formatBindtest(LINUX, PIPE));
  });
});

describe('v6only bindtest: the page', () => {
  const page = (test: Bindtest) => formatPage({ test, defaults: DEFAULTS, date: new Date(0) });

  it('asks for nothing and runs nothing', () => {
    const html = page(FREEBSD);
    expect(html).not.toMatch(/<script|https?:|@import|url\(|\bon\w+=|<iframe|<object|<embed/);
    expect(html.match(/\b(?:src|href)="[^"]*"/g)).toEqual(['href="data:,"']);
  });

  it('has a picture of each grid and of each that another kernel answers otherwise', () => {
    expect(page(FREEBSD).match(/<svg viewBox="[^"]+" role="img"/g)).toHaveLength(6 + 6);
    const own = LINUX.matrix.rows.map(({ first, second }) => `${first}, then ${second}`);
    for (const pair of own) expect(page(LINUX)).toContain(`<title>${pair}: `);
  });

  it('says how each recorded kernel differs, and what the machine does by default', () => {
    const html = page(FREEBSD);
    expect(html).toMatch(/<h3>FreeBSD 14.0<\/h3><p>The same answer in all of 216 trials/);
    expect(html).toMatch(/<h3>Linux 6.18<\/h3><p>Differs in 47 of 216 trials/);
    expect(html.match(/<tr><td>(TCP|UDP)<\/td>/g)).toHaveLength(47);
    expect(html).toMatch(/v6only<\/th><td>1, per /);
  });

  it('escapes what it did not write itself', () => {
    const matrix = { ...LINUX.matrix, release: '<b>&"6' };
    expect(page(testOf(matrix))).toContain('&#60;b&#62;&#38;&#34;6');
    expect(page(testOf(matrix))).not.toContain('<b>&"6');
  });

  it('shows what this machine lacks as such', () => {
    const isIPv4 = (name: string) => BINDS.find((bind) => bind.name === name)?.family === 'IPv4';
    const matrix = matrixOf('linux', ({ first, second }) => (isIPv4(first) && isIPv4(second) ? 'xx' : '??'));
    expect(page(testOf(matrix)).match(/: not on this machine<\/title>/g)).toHaveLength(6 * 32);
    expect(formatBindtest(testOf(matrix), PIPE)).toMatch(/^0\.0\.0\.0 +xx +xx +\?\? +\?\? +\?\? +\?\?$/m);
  });
});

it('v6only bindtest: has words for every cell', () => {
  expect(['xx', '??', '12', '*.'].map(meaningOf)).toEqual([
    'refused',
    'not on this machine',
    'IPv4 to the first, IPv6 to the second',
    'IPv4 to either, IPv6 to nobody',
  ]);
});
