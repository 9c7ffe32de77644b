/** What fixtures/contract.cjs is to print: on Node everywhere the same, elsewhere what is promised or refused. */
export type Report = Record<string, unknown>;

const REFUSED = 'ENOTSUP unsupported-runtime';
const NOT_VISIBLE = 'ENOTSUP not-visible';
const NOT_IPV6 = 'ENOPROTOOPT not-ipv6';
const ONLY = { address: '::', kernel: [1], get: true, ipv4: false, ipv6: true };
const DUAL = { address: '::', kernel: [0], get: false, ipv4: true, ipv6: true };
const LOOPBACK = { ...ONLY, address: '::1' };
const MAPPED = { ...DUAL, address: '::ffff:127.0.0.1', ipv6: false };
const UDP_ONLY = { kernel: [1], get: true };
const UDP_DUAL = { kernel: [0], get: false };
const both = (answer: string) => [answer, answer];

const servers: Report = {};
for (const kind of ['net', 'http', 'https', 'http2', 'tls', 'listen({ fd })', 'listen(socket)']) {
  servers[`${kind} true`] = ONLY;
  servers[`${kind} false`] = DUAL;
}
const sockets: Report = {};
for (const how of ['bind', 'send', 'addMembership']) {
  sockets[`udp6 ${how} true`] = UDP_ONLY;
  sockets[`udp6 ${how} false`] = UDP_DUAL;
}

/** What only a runtime can do in which the value can be chosen before bind. */
const CHOICES: Report = {
  ...servers,
  'net true on ::': ONLY,
  'net false on ::': DUAL,
  'net true on ::1': LOOPBACK,
  // Linux turns the option on where one IPv6 address is bound.
  'net false on ::1': LOOPBACK,
  'net true on ::ffff:127.0.0.1': NOT_IPV6,
  'net false on ::ffff:127.0.0.1': MAPPED,
  'net true on 0.0.0.0': NOT_IPV6,
  'net false on 0.0.0.0': NOT_IPV6,
  'net true on a name': LOOPBACK,
  'net false on a name': LOOPBACK,
  'net true on a path': NOT_IPV6,
  'net false on a path': NOT_IPV6,
  'net in use': {
    code: 'EADDRINUSE',
    reason: 'bind-failed',
    syscall: 'listen',
    address: '::',
    named: true,
    left: 0,
    again: [1],
    after: [],
  },
  'net superseded': { listening: 1, address: '::', kernel: [1], second: 'ERR_SERVER_ALREADY_LISTEN' },
  'net contradicted': 'ERR_INVALID_ARG_VALUE',
  ...sockets,
  'udp6 contradicted': 'ERR_INVALID_ARG_VALUE',
  udp4: NOT_IPV6,
  'listen split': { kernel: [1, 'IPv4'], sockets: [true, null], ipv4: true, ipv6: true, after: [] },
  'listen ipv6': { kernel: [1], sockets: [true], ipv4: false, ipv6: true, after: [] },
  'listen dual': { kernel: [0], sockets: [false], ipv4: true, ipv6: true, after: [] },
  'listen system': { kernel: [0], sockets: [false], ipv4: true, ipv6: true, after: [] },
  'bindUdp split': { kernel: [1, 'IPv4'], heard: ['hi 127.0.0.1 0.0.0.0', 'hi ::1 ::'], after: [] },
  'bindUdp ipv6': { kernel: [1], heard: ['hi ::1 ::'], after: [] },
  'bindUdp dual': { kernel: [0], heard: ['hi ::1 ::', 'hi ::ffff:127.0.0.1 ::'], after: [] },
  'bindUdp system': { kernel: [0], heard: ['hi ::1 ::', 'hi ::ffff:127.0.0.1 ::'], after: [] },
  'setStack split': { kernel: [1, 'IPv4'], sockets: [':: true', '0.0.0.0 null'], ipv4: true, ipv6: true },
  'setStack ipv6': { kernel: [1], sockets: [':: true'], ipv4: false, ipv6: true },
  'setStack dual': { kernel: [0], sockets: [':: false'], ipv4: true, ipv6: true },
  'setStack system': { kernel: [0], sockets: [':: false'], ipv4: true, ipv6: true },
  'worker thread': true,
};

/** What `platformDefaults` says on Linux, and what `ss` says of stock sockets, under each value of the sysctl. */
function defaults(sysctl: 0 | 1, tcp: 0 | 1, udp: 0 | 1): object {
  return {
    platform: 'linux',
    ipv6: true,
    ipv6Loopback: true,
    ipv6Address: true,
    ipv4Mapped: true,
    v6Only: sysctl === 1,
    changeable: true,
    sysctl: { name: 'net.ipv6.bindv6only', value: sysctl },
    node: { tcp: tcp === 1, udp: udp === 1 },
    kernel: { tcp: [tcp], udp: [udp] },
  };
}

export const NODE: Report = {
  ...CHOICES,
  'net after listen': [false, 'EINVAL already-bound', 'EBADF not-open-yet'],
  'udp6 stock, bound': UDP_ONLY,
  'descriptor true': [true, true, 1],
  'descriptor false': [true, false, 0],
  'descriptor bound': [0, 'EINVAL already-bound'],
  'descriptor of IPv4': both(NOT_IPV6),
  'refused: file': both('ENOTSOCK not-a-socket'),
  'refused: not open': both('EBADF closed'),
  'refused: fd -1': both('EBADF closed'),
  'refused: negative': both('ERR_OUT_OF_RANGE'),
  'refused: text': both('ERR_INVALID_ARG_TYPE'),
  'refused: nothing': both('ERR_INVALID_ARG_TYPE'),
  'refused: value': 'ERR_INVALID_ARG_TYPE',
  'not open yet': ['EBADF not-open-yet', 'EBADF not-open-yet', 'EBADF not-open-yet'],
  describeSocket: [
    'IPv6 tcp listening false IPv6 IPv4',
    'IPv6 tcp connected false IPv4',
    'IPv4 tcp connected  IPv4',
  ],
  'describeSocket of a descriptor': 'IPv6 tcp bound false IPv6 IPv4',
  peerAddress: ['127.0.0.1', 'IPv4', true],
  rejectIPv4Mapped: { ofIPv4: 0, ofIPv6: 1 },
  'http server': [false, 2, '127.0.0.1', false],
  'http server, rejectIPv4Mapped': [false, 2],
  platformDefaults: defaults(0, 0, 0),
  listSockets: [[true, 'LISTEN', true, true]],
  addresses: [true, false, '192.0.2.1', { address: '192.0.2.1', kind: 'nat64' }],
  'cluster worker': [true, false],
  'cluster, shared': [
    [true, true],
    ['EINVAL mismatch', 'EINVAL mismatch'],
    [true, true],
  ],
  'register ipv6': { tcp: [1, false], udp: [1, false] },
  'register dual': { tcp: [0, false], udp: [0, false] },
  'register split': { tcp: [1, true], udp: [1, false] },
  'command: doctor': 'linux',
  'command: check': 0,
  'command: ls': 0,
};

const KINDS =
  /^(https|http2|tls|net (.* on|in use|superseded)|listen\(socket|listen (ipv6|system)|bindUdp (ipv6|system)|setStack (ipv6|system)|http )/;
const CHILDREN = /^(register (ipv6|dual)|command: (doctor|ls))/;

/**
 * Each function once, since emulation is slow: the kinds of servers and addresses differ in JavaScript alone. qemu-user
 * knows no sock_diag, and what asks the kernel for its sockets says so.
 */
export const EMULATED: Report = {
  ...Object.fromEntries(Object.entries(NODE).filter(([name]) => !KINDS.test(name) && !CHILDREN.test(name))),
  listSockets: 'ENOTSUP unsupported-platform',
  // Under round-robin a worker would ask sock_diag for the socket of its primary.
  'cluster, shared': [
    [NOT_VISIBLE, true],
    [NOT_VISIBLE, 'EINVAL mismatch'],
    [NOT_VISIBLE, true],
  ],
  'command: check': 'no sock_diag',
};

const stopped = { status: 1, says: 'ENOTSUP' };

/**
 * Node 20.11, older than `engines` of package.json: no channel tells of a listen there (20.19), so what needs it is
 * refused. All else is tried on these processors all the same.
 */
export const EMULATED_20_11: Report = {
  ...EMULATED,
  ...Object.fromEntries(
    Object.keys(EMULATED)
      .filter(
        (name) =>
          name in servers || /^(net contradicted|listen |setStack |cluster, shared|worker thread)/.test(name),
      )
      .map((name) => [name, REFUSED]),
  ),
  'cluster worker': both(REFUSED),
  'register split': stopped,
};

/** Of neither can everything be chosen before bind. */
const ELSEWHERE: Report = {
  ...NODE,
  ...Object.fromEntries(Object.keys(CHOICES).map((name) => [name, REFUSED])),
  'cluster worker': both(REFUSED),
  'cluster, shared': REFUSED,
  'register ipv6': stopped,
  'register dual': stopped,
  'register split': stopped,
};

export const BUN: Report = {
  ...ELSEWHERE,
  // An http.Server of Bun's is no net.Server.
  'http server': [REFUSED, REFUSED, '127.0.0.1', REFUSED],
  'http server, rejectIPv4Mapped': REFUSED,
};

/** What it shows no descriptor of is looked up in the kernel. */
export const DENO: Report = {
  ...ELSEWHERE,
  'net after listen': [false, REFUSED, 'EBADF not-open-yet'],
  'udp6 stock, bound': { kernel: [1], get: REFUSED },
  'not open yet': ['EBADF not-open-yet', 'EBADF not-open-yet', REFUSED],
  describeSocket: ['IPv6 tcp listening false IPv6 IPv4', REFUSED, REFUSED],
  'http server': [false, 2, '127.0.0.1', REFUSED],
  'http server, rejectIPv4Mapped': [false, 2],
};

/** `platformDefaults` where the sysctl is 1. */
export const WITH_SYSCTL_1 = {
  node: { platformDefaults: defaults(1, 0, 1) },
  bun: { platformDefaults: defaults(1, 0, 0) },
  deno: { platformDefaults: defaults(1, 1, 1) },
} as const;

const NO_DESCRIPTORS = 'ENOTSUP unsupported-platform';

/** Windows has no `ss`, and its lists do not have the option: clients and the package tell. */
function untold(expected: unknown): unknown {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) return expected;
  const { kernel, after } = Object(expected);
  return { ...expected, ...(kernel && { kernel: [] }), ...(after && { after: [] }) };
}

/**
 * Under Wine, whose network is Linux': an address bound turns the option on there. `system` is Windows' own default.
 * Node has no descriptors there, and refuses the number of a socket (`ERR_INVALID_FD_TYPE`).
 */
export const WINDOWS: Report = {
  ...Object.fromEntries(Object.entries(NODE).map(([name, expected]) => [name, untold(expected)])),
  'listen({ fd }) true': NO_DESCRIPTORS,
  'listen({ fd }) false': NO_DESCRIPTORS,
  'listen(socket) true': 'ERR_INVALID_FD_TYPE',
  'listen(socket) false': 'ERR_INVALID_FD_TYPE',
  'descriptor true': NO_DESCRIPTORS,
  'descriptor false': NO_DESCRIPTORS,
  'descriptor bound': [0, NO_DESCRIPTORS],
  'descriptor of IPv4': both(NO_DESCRIPTORS),
  'describeSocket of a descriptor': NO_DESCRIPTORS,
  'refused: file': both(NO_DESCRIPTORS),
  'refused: not open': both(NO_DESCRIPTORS),
  'refused: fd -1': both(NO_DESCRIPTORS),
  'net in use': {
    code: 'EADDRINUSE',
    reason: 'bind-failed',
    syscall: 'listen',
    address: '::',
    named: false,
    left: 0,
    again: [],
    after: [],
  },
  'listen system': { kernel: [], sockets: [true], ipv4: false, ipv6: true, after: [] },
  'setStack system': { kernel: [], sockets: [':: true'], ipv4: false, ipv6: true },
  'bindUdp system': { kernel: [], heard: ['hi ::1 ::'], after: [] },
  platformDefaults: {
    ...defaults(0, 0, 0),
    platform: 'win32',
    v6Only: true,
    sysctl: null,
    kernel: { tcp: [], udp: [] },
  },
  // Node does not share datagram sockets in a cluster there.
  'cluster, shared': [
    [true, null],
    ['EINVAL mismatch', null],
    [true, null],
  ],
  'command: doctor': 'win32',
  // Of another process the lists do not tell whether it is dual-stack.
  'command: check': 1,
  'command: bindtest': [216, 'ok', 'second', 'first'],
};
