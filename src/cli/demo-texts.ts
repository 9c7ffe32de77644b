/** The title and explanation of each scene of `v6only demo`, with and without IPv6. */

export interface DemoText {
  title: string;
  code: string;
  explanation: string;
}

interface Scenes {
  stock: DemoText;
  ipv6Only: DemoText;
  split: DemoText;
}

type Shows = 'family' | 'traffic';

const TITLES = {
  stock: 'A stock server',
  ipv6Only: 'The same server, IPv6-only',
  split: 'Both families, on two sockets',
} as const;

const CODE = {
  stock: "net.createServer().listen(0, '::')",
  ipv6Only: "setV6Only(net.createServer()).listen(0, '::')",
  split: 'listen(net.createServer(), { port: 0 })',
} as const;

const DUAL: Readonly<Record<Shows, string>> = {
  family:
    'There is one socket, of family AF_INET6, with IPV6_V6ONLY 0: it accepts both families. The list above, like ' +
    'netstat on Linux, shows the family of the socket, so the IPv4 connection is listed as tcp6 too, and the program ' +
    'sees its client as an IPv4-mapped address. A filter for IPv4 addresses does not match it.',
  traffic:
    'There is one socket, of family AF_INET6, with IPV6_V6ONLY 0: it accepts both families, and netstat here says so ' +
    '(tcp46). The program sees its IPv4 client as an IPv4-mapped address, which a filter for IPv4 addresses does not ' +
    'match.',
};
const ONLY =
  'IPV6_V6ONLY is 1: the kernel refuses IPv4 clients on this socket, and an IPv4 server can use the same port.';
const SPLIT =
  'One server with an IPv6-only and an IPv4 socket on the same port: both clients are served, the IPv4 connection ' +
  'is listed as IPv4, and the program sees a plain IPv4 address, which every filter and log understands.';

const UNADDRESSED = 'No interface of this machine has an IPv6 address, so the client cannot reach ::1.';
const IPV4_ONLY =
  'Without IPv6 this opens only the IPv4 socket; on a machine that has IPv6, the same call opens one for each family.';

/** AF_INET6 sockets cannot be opened. */
const WITHOUT_IPV6: Scenes = {
  stock: {
    title: TITLES.stock,
    code: 'net.createServer().listen(0)',
    explanation:
      'This machine has no IPv6: AF_INET6 sockets cannot be opened, so the puzzle does not arise here. A stock server ' +
      'silently falls back to 0.0.0.0, and its IPv4 connection is listed as IPv4. On a machine that has IPv6, the ' +
      'same server has one AF_INET6 socket, and netstat on Linux lists its IPv4 connections as tcp6.',
  },
  ipv6Only: {
    title: TITLES.ipv6Only,
    code: CODE.ipv6Only,
    explanation:
      'An IPv6-only server cannot be opened here. This call fails with EAFNOSUPPORT, reason no-ipv6, instead of ' +
      'starting a server on 0.0.0.0.',
  },
  split: { title: TITLES.split, code: CODE.split, explanation: IPV4_ONLY },
};

/** `shows`: what netstat prints here as the protocol. */
export function scenesOf(ipv6: boolean, ipv6Address: boolean, shows: Shows): Scenes {
  if (!ipv6) return WITHOUT_IPV6;
  const also = ipv6Address ? '' : ` ${UNADDRESSED}`;
  return {
    stock: { title: TITLES.stock, code: CODE.stock, explanation: DUAL[shows] + also },
    ipv6Only: { title: TITLES.ipv6Only, code: CODE.ipv6Only, explanation: ONLY + also },
    split: { title: TITLES.split, code: CODE.split, explanation: ipv6Address ? SPLIT : IPV4_ONLY },
  };
}
