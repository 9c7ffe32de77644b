/** What the contract says of each form that contract.cjs tries, in its words. Written by hand, on Linux. */

export type Expected = Record<string, string | boolean>;

const NOT_IPV6 = 'error ENOPROTOOPT not-ipv6';
const CONTRADICTS = 'throws ERR_INVALID_ARG_VALUE';
const ALREADY_BOUND = 'error EINVAL already-bound';

/** The forms that bind the wildcard in the call itself, and those that do after a look-up. */
const AT_ONCE = [
  ...['()', '(0)', "('0')", '(undefined)', '(0, callback)', '(0, undefined, 5)', "(0, '')", '({ port })'],
  ...["({ port, host: '' })", '({ port, exclusive, backlog })', 'socket, unbound', '{ fd }, unbound'],
  ...['net (0)', 'http (0)', 'https (0)', 'http2 (0)', 'tls (0)'],
];
const LATER = [
  ...["(0, '::')", "(0, '0:0:0:0:0:0:0:0')", "net (0, '::')", "http (0, '::')", "https (0, '::')"],
  ...["http2 (0, '::')", "tls (0, '::')"],
];
const IPV6_ADDRESS = ["(0, '::1')", "(0, '::1%lo')", "(0, 'both.test')"];
const MAPPED = ["(0, '::ffff:127.0.0.1')", "(0, '::FFFF:7f00:1')", "(0, 'mapped.test')"];
const REFUSED = [
  ...["(0, '127.0.0.1')", "(0, '0.0.0.0')", "(0, 'ipv4.test')", '(path)', '({ path })'],
  ...['socket, IPv4', '{ fd }, IPv4', 'server, IPv4'],
];
const BOUND_SOCKETS = [
  ...['BoundSocket on ::1', 'BoundSocket, IPv6 only', 'BoundSocket, dual-stack', 'BoundSocket, IPv4'],
];

const all = (names: readonly string[], result: string): Expected =>
  Object.fromEntries(names.map((name) => [name, result]));

/** `major` is Node's; before 22 it does not skip link-local answers. */
function listenRows(value: boolean, major: number): Expected {
  const wildcard = value ? '[::] IPv6' : '[::] IPv6+IPv4';
  const same = `${wildcard}, at once, ${value}`;
  return {
    ...all(AT_ONCE, same),
    ...all(LATER, `${wildcard}, later, ${value}`),
    // Linux turns the option on by itself for such an address.
    ...all(IPV6_ADDRESS, '[::1] IPv6, later, true'),
    ...all(MAPPED, value ? NOT_IPV6 : '[::ffff:127.0.0.1] IPv4, later, false'),
    ...all(REFUSED, NOT_IPV6),
    ...(major >= 22 && { "(0, 'link-local.test')": '[::1] IPv6, later, true' }),
    "(0, 'none.test')": 'error ENOTFOUND',
    '({ port, ipv6Only: true })': value ? same : CONTRADICTS,
    '({ port, ipv6Only: false })': value ? CONTRADICTS : same,
    '({ port, ipv6Only: 1 })': CONTRADICTS,
    "({ port, host: '::', ipv6Only: true })": value ? `${wildcard}, later, true` : CONTRADICTS,
    "({ port, host: '::', ipv6Only: false })": value ? CONTRADICTS : `${wildcard}, later, false`,
    '{ fd } of a file': 'error ENOTSOCK not-a-socket',
    'server, IPv6 only': value ? same : ALREADY_BOUND,
    'server, dual-stack': value ? ALREADY_BOUND : same,
    ...boundSockets(value, same),
  };
}

/** On the lines of Node that have them; the others print none of these. */
function boundSockets(value: boolean, same: string): Expected {
  const [loopback = '', ipv6 = '', dual = '', ipv4 = ''] = BOUND_SOCKETS;
  return {
    [loopback]: '[::1] IPv6, at once, true',
    [ipv6]: value ? same : ALREADY_BOUND,
    [dual]: value ? ALREADY_BOUND : same,
    [ipv4]: NOT_IPV6,
  };
}

export const isBoundSocket = (name: string): boolean => name.includes('BoundSocket');

export function expectedListen(major: number): Expected {
  const rows = [true, false].flatMap((value) =>
    Object.entries(listenRows(value, major)).map(([form, result]) => [`${value} ${form}`, result]),
  );
  return { ...Object.fromEntries(rows), warnings: 'none' };
}

/** With either stack that serves both families. */
const SERVED: Expected = {
  "(0, '::1')": '[::1] IPv6, later, true',
  "(0, '127.0.0.1')": '[127.0.0.1] IPv4, later, ENOPROTOOPT not-ipv6',
  "(0, 'localhost')": '[::1] IPv6+IPv4, later, true, 2 sockets',
};

/** What `setStack` makes of each form. */
const STACKED: Readonly<Record<string, Expected>> = {
  split: {
    ...wildcards('[::] IPv6+IPv4', 'true, 2 sockets'),
    ...SERVED,
    '({ port, ipv6Only: false })': CONTRADICTS,
  },
  ipv6: {
    ...wildcards('[::] IPv6', 'true'),
    "(0, '::1')": '[::1] IPv6, later, true',
    "(0, '127.0.0.1')": NOT_IPV6,
    "(0, 'localhost')": '[::1] IPv6, later, true',
    '({ port, ipv6Only: false })': CONTRADICTS,
  },
  dual: {
    ...wildcards('[::] IPv6+IPv4', 'false'),
    ...SERVED,
    '({ port, ipv6Only: true })': CONTRADICTS,
  },
};

/** The forms that mean the wildcards: the same with `ipv6Only: true` and false, unless that contradicts. */
function wildcards(where: string, value: string): Expected {
  const now = `${where}, at once, ${value}`;
  const later = `${where}, later, ${value}`;
  return {
    ...all(
      ['(0)', "(0, '')", '({ port }), frozen', '({ port, ipv6Only: true })', '({ port, ipv6Only: false })'],
      now,
    ),
    ...all(["(0, '::')", "({ port, host: '::' }), frozen"], later),
  };
}

export function expectedStack(): Expected {
  const rows = Object.entries(STACKED).flatMap(([stack, forms]) =>
    Object.entries(forms).map(([form, result]) => [`${stack} ${form}`, result]),
  );
  return {
    ...Object.fromEntries(rows),
    'taken back': '[::] IPv6+IPv4, at once, false',
    'chosen during the look-up': '[::] IPv6, later, true',
    warnings: 'none',
  };
}

const OPTIONS = ['plain', 'frozen', 'sealed', 'without prototype', 'inheriting', 'with a handle'];
const WITH_HOST = ['with a host', 'frozen, with a host'];
const STEPS = [
  ...['callback, no host', 'callback, host', 'close at once', 'close while pending', 'signal aborted before'],
  ...['signal aborted before, host', 'signal aborted later', 'no signal', 'bad port', 'bad options'],
  ...['second listen, no host', 'second listen, host', 'close and listen'],
  ...['close and listen, no host'],
];
const PLACES = ['no host', '::', '::1', 'not here'];

export function expectedArguments(): Expected {
  const ways = ['subclass', 'wrapper', 'prototype'];
  const named = (options: readonly string[]) =>
    ways.flatMap((way) => options.map((name) => `${way}, options ${name}`));
  return {
    ...all(named(OPTIONS), '[::] IPv6, at once, true'),
    ...all(named(WITH_HOST), '[::] IPv6, later, true'),
    ...all([...STEPS, ...PLACES.map((place) => `error fields, ${place}`)], 'as stock'),
    ...all(['error, no host', 'error, ::', 'error, ::1'], 'error EADDRINUSE bind-failed'),
    'error, not here': 'error EADDRNOTAVAIL bind-failed',
    warnings: 'none',
  };
}

const IPV6 = 'IPv6 tcp listening true IPv6';
const DUAL = 'IPv6 tcp listening false IPv6+IPv4';
const AGAIN = 'again rejects ERR_SERVER_ALREADY_LISTEN';

export const EXPECTED_READ: Expected = {
  'server, not listening': 'EBADF not-open-yet',
  'server, remembered': true,
  'stock server {"port":0}': `false; ${DUAL}`,
  'stock server {"port":0,"host":"::","ipv6Only":true}': `true; ${IPV6}`,
  'stock server {"port":0,"host":"127.0.0.1"}': 'ENOPROTOOPT not-ipv6; IPv4 tcp listening null IPv4',
  'server, closed': 'EBADF not-open-yet',
  'accepted from ::1': 'false; IPv6 tcp connected false IPv6',
  'connected to ::1': 'IPv6 tcp connected false IPv6',
  'accepted from 127.0.0.1': 'false; IPv6 tcp connected false IPv4',
  'connected to 127.0.0.1': 'IPv4 tcp connected null IPv4',
  // `accepts` is the server's, over all of its sockets; the rest is its first socket's.
  'listen split': `[::] true [0.0.0.0] null; IPv6+IPv4; true; ${IPV6}+IPv4; ${AGAIN}`,
  'listen ipv6': `[::] true; IPv6; true; ${IPV6}; ${AGAIN}`,
  'listen dual': `[::] false; IPv6+IPv4; false; ${DUAL}; ${AGAIN}`,
  // The sysctl is 0 where these tests run.
  'listen system': `[::] false; IPv6+IPv4; false; ${DUAL}; ${AGAIN}`,
  ...all(
    ['split', 'ipv6', 'dual', 'system'].map((stack) => `listen ${stack}, then plain`),
    '[::] IPv6+IPv4, at once, false',
  ),
  'listen split, port taken': 'rejects EADDRINUSE bind-failed',
  'listen split, no event': 'none',
  'listen dual after setV6Only(true)': 'rejects ERR_INVALID_ARG_VALUE',
  'listen, aborted': 'rejects ABORT_ERR',
  'listen, aborted, then plain': '[::] IPv6+IPv4, at once, false',
  'udp6, unbound': 'EBADF not-open-yet',
  'udp6 true, remembered': 'true',
  'udp6 true, bound': 'true; IPv6 udp bound true IPv6',
  'udp6 false, remembered': 'false',
  'udp6 false, bound': 'false; IPv6 udp bound false IPv6+IPv4',
  'bindUdp split': 'true; IPv6 udp bound true IPv6 and ENOPROTOOPT not-ipv6; IPv4 udp bound null IPv4',
  'bindUdp ipv6': 'true; IPv6 udp bound true IPv6',
  'bindUdp dual': 'false; IPv6 udp bound false IPv6+IPv4',
  warnings: 'none',
};
