/** How the table looks: what of it does not need real sockets. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatList } from '../../src/cli/ls';
import { originOf } from '../../src/cli/reach';
import { fold, jsonText, screenOf, visible } from '../../src/cli/text-table';
import type { SocketRow } from '../../src/machine/socket-rows';

const PIPE = { columns: null, color: false };
const LISTENING = { port: undefined, pid: undefined, all: false };
const ALL = { ...LISTENING, all: true };

const LISTENER: SocketRow = {
  protocol: 'tcp46',
  family: 'IPv6',
  state: 'LISTEN',
  local: { address: '::', port: 8080 },
  peer: { address: '::', port: 0 },
  v6Only: false,
  accepts: ['IPv6', 'IPv4'],
  uid: 0,
  pid: 12,
  program: 'java',
};
const CONNECTION: SocketRow = {
  ...LISTENER,
  protocol: 'tcp4',
  state: 'ESTABLISHED',
  local: { address: '::ffff:192.0.2.1', port: 8080 },
  peer: { address: '::ffff:192.0.2.77', port: 50123 },
  v6Only: null,
  accepts: ['IPv4'],
};
const LONG: SocketRow = {
  ...LISTENER,
  protocol: 'tcp6',
  local: { address: '2001:db8:1111:2222:3333:4444:5555:6666', port: 65535 },
  accepts: ['IPv6'],
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
const COLORS = /\u001b\[\d+m/g;
const linesOf = (text: string) => text.replace(COLORS, '').trimEnd().split('\n');

describe('v6only ls: the table', () => {
  it('shows the IPv4 connection of a Java program as what it is, and explains the mark', () => {
    const text = formatList([LISTENER, CONNECTION], ALL, PIPE);
    const [titles, listener, connection, , ...notes] = linesOf(text);
    expect(titles).toMatch(/^Proto +Local +From, or peer +Reached by, or state +Program +PID$/);
    expect(listener).toMatch(/^tcp46 +\[::\]:8080 +everywhere +IPv6 and IPv4 +java +12$/);
    expect(connection).toMatch(/^tcp4\* +192\.0\.2\.1:8080 +192\.0\.2\.77:50123 +ESTABLISHED +java +12$/);
    expect(notes.join(' ')).toMatch(/^\* {2}IPv4 on an AF_INET6 socket.*tcp6.*Java.*::ffff:a\.b\.c\.d/);
  });

  it('explains nothing that does not occur', () => {
    expect(linesOf(formatList([LISTENER], LISTENING, PIPE))).toHaveLength(2);
  });

  it.each([
    [LISTENER, 'IPv6 and IPv4  everywhere'],
    [LONG, 'IPv6 only   everywhere'],
    [{ ...LONG, local: { address: '::1', port: 1 } }, 'IPv6 only   this machine'],
    [
      { ...CONNECTION, state: 'LISTEN', local: { address: '::ffff:127.0.0.1', port: 1 } },
      'IPv4 only   this machine',
    ],
    [{ ...CONNECTION, state: 'LISTEN', local: { address: '0.0.0.0', port: 1 } }, 'IPv4 only   everywhere'],
  ] as const)('says who can reach it: %#', (row, reach) => {
    expect(formatList([row], LISTENING, PIPE)).toContain(`  ${reach}  `);
  });

  it('aligns its columns', () => {
    const [titles = '', ...rows] = linesOf(formatList([LISTENER, CONNECTION, LONG], ALL, PIPE)).slice(0, 4);
    for (const title of ['Local', 'From', 'Reached', 'Program', 'PID']) {
      const at = titles.indexOf(title);
      for (const row of rows) expect(row.slice(at - 2, at + 1), row).toMatch(/^ {2}\S$/);
    }
  });

  it('cuts nothing where the width is not known', () => {
    expect(formatList([LONG], LISTENING, PIPE)).toContain('[2001:db8:1111:2222:3333:4444:5555:6666]:65535');
  });

  it.each([48, 60, 80])('fits %i columns, and keeps the ports', (columns) => {
    for (const color of [false, true]) {
      const lines = linesOf(formatList([LONG, CONNECTION], LISTENING, { columns, color }));
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
      expect(lines[1]).toContain('…:65535');
      expect(lines[1]).toMatch(/ 12$/);
      expect(lines.join(' ')).toContain('…  cut to the width of this terminal');
    }
  });

  it('has colours on a terminal only', () => {
    const rows = [LISTENER, CONNECTION];
    const plain = formatList(rows, ALL, PIPE);
    const colored = formatList(rows, ALL, { columns: 200, color: true });
    expect(plain).not.toContain('\u001b');
    expect(colored.match(COLORS)?.length).toBeGreaterThan(4);
    expect(colored.replace(COLORS, '').split('\n')[2]).toBe(plain.split('\n')[2]);
  });

  it('shows control characters in the name of a program', () => {
    const text = formatList([{ ...LISTENER, program: 'a\u001b[2J\n\u009b\u202eb' }], LISTENING, PIPE);
    expect(text).toContain('a\\x1b[2J\\x0a\\x9b\\u{202e}b');
    expect(linesOf(text)).toHaveLength(2);
  });

  it('says where a program cannot be seen', () => {
    const text = formatList([{ ...LISTENER, pid: null, program: null }], LISTENING, PIPE, false);
    expect(linesOf(text)[1]).toMatch(/IPv6 and IPv4 +everywhere +- +-$/);
    expect(text).toContain('root may see more');
    const toRoot = formatList([{ ...LISTENER, pid: null, program: null }], LISTENING, PIPE, true);
    expect(toRoot).toContain('not visible here');
    expect(toRoot).not.toContain('root');
    const gone = { ...CONNECTION, state: 'TIME_WAIT', pid: null, program: null };
    expect(formatList([gone], ALL, PIPE)).not.toContain('root');
  });

  it('bears a hundred thousand sockets', () => {
    const rows = new Array<SocketRow>(100_000).fill(LISTENER);
    expect(formatList(rows, LISTENING, { columns: 80, color: true }).length).toBeGreaterThan(3_000_000);
  });

  it.each([
    [LISTENING, 'No listening socket; --all shows connections too.\n'],
    [{ ...LISTENING, port: 80 }, 'No listening socket on port 80; --all shows connections too.\n'],
    [{ ...ALL, pid: 7 }, 'No TCP or UDP socket in process 7.\n'],
  ])('says that there is nothing: %#', (question, text) => {
    expect(formatList([], question, PIPE)).toBe(text);
  });
});

describe('originOf', () => {
  it.each([
    ['127.0.0.1', 'this machine'],
    ['127.9.9.9', 'this machine'],
    ['::1', 'this machine'],
    ['::ffff:127.0.0.1', 'this machine'],
    ['ff01::1', 'this machine'],
    ['fe80::1%eth0', 'a link'],
    ['febf::1%eth0', 'a link'],
    ['169.254.1.1', 'a link'],
    ['::ffff:169.254.1.1', 'a link'],
    ['224.0.0.251', 'a link'],
    ['ff02::fb', 'a link'],
    ['255.255.255.255', 'a link'],
    ['::', 'everywhere'],
    ['0.0.0.0', 'everywhere'],
    ['10.0.0.1', 'everywhere'],
    ['fec0::1', 'everywhere'],
    ['2001:db8::1', 'everywhere'],
    ['::1:2', 'everywhere'],
    ['239.1.1.1', 'everywhere'],
    ['ff05::2', 'everywhere'],
  ])('%s: %s', (address, origin) => {
    expect(originOf(address)).toBe(origin);
  });
});

describe('fold', () => {
  it('breaks lines of a terminal between words, and no others', () => {
    expect(fold('one two three\n', { columns: 8, color: false })).toBe('one two\nthree\n');
    expect(fold('one two three\n', PIPE)).toBe('one two three\n');
  });
});

describe('screenOf', () => {
  afterEach(() => vi.unstubAllEnvs());
  const terminal = { isTTY: true, columns: 100 };

  it.each([
    ['', 'xterm', true],
    ['1', 'xterm', false],
    ['', 'dumb', false],
  ])('NO_COLOR=%j TERM=%j: colour %j', (noColor, term, color) => {
    vi.stubEnv('NO_COLOR', noColor);
    vi.stubEnv('TERM', term);
    expect(screenOf(terminal)).toEqual({ columns: 100, color });
    expect(screenOf({ isTTY: false, columns: 100 })).toEqual({ columns: null, color: false });
    expect(screenOf({ ...terminal, columns: 0 }).columns).toBe(null);
  });
});

it('visible leaves other text as it is', () => {
  expect(visible('nginx: wörker 🦀 \\x1b')).toBe('nginx: wörker 🦀 \\x1b');
});

it('jsonText says the same without anything that a terminal obeys', () => {
  const data = { program: 'a\u001b\u007f\u009b\u202e\u{e0001}🦀', n: [1] };
  expect(JSON.parse(jsonText(data))).toEqual(data);
  expect(jsonText(data).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(jsonText(data)).toContain('🦀');
});
