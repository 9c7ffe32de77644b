/** What `bindMatrix` tries, the possible outcomes, and their two-character form for pictures. */
import type { IPFamily } from '../kernel/addon';

/** A socket to try: its address and, for a wildcard, the option. */
export type BindName =
  | '0.0.0.0'
  | '127.0.0.1'
  | '[::] v6only=0'
  | '[::] v6only=1'
  | '[::1]'
  | '[::ffff:127.0.0.1]';

/** What a name in the rows means. */
export interface BindMatrixBind {
  /** The value of `first` and `second`. */
  name: BindName;
  /** AF_INET6 or AF_INET. */
  family: IPFamily;
  /** The address it is bound to. */
  address: string;
  /** null for an IPv4 socket; on Linux a socket bound to ::1 reads true afterwards, whatever was set. */
  v6Only: boolean | null;
}

export const BINDS: readonly BindMatrixBind[] = [
  { name: '0.0.0.0', family: 'IPv4', address: '0.0.0.0', v6Only: null },
  { name: '127.0.0.1', family: 'IPv4', address: '127.0.0.1', v6Only: null },
  { name: '[::] v6only=0', family: 'IPv6', address: '::', v6Only: false },
  { name: '[::] v6only=1', family: 'IPv6', address: '::', v6Only: true },
  { name: '[::1]', family: 'IPv6', address: '::1', v6Only: false },
  { name: '[::ffff:127.0.0.1]', family: 'IPv6', address: '::ffff:127.0.0.1', v6Only: false },
];

/** What was tried. */
export type BindProtocol = 'tcp' | 'udp';
export const PROTOCOLS: readonly BindProtocol[] = ['tcp', 'udp'];

/** On both sockets: neither option, SO_REUSEADDR, SO_REUSEPORT. */
export type BindReuse = 'none' | 'reuseaddr' | 'reuseport';
export const REUSES: readonly BindReuse[] = ['none', 'reuseaddr', 'reuseport'];

/** 'ok', or the error code; null for a step that was not reached or that UDP doesn't have. */
type BindResult = string | null;
/** Which side got it, 'either' if both got some; else the client's error code, such as 'ECONNREFUSED'. */
export type BindAnswer = 'first' | 'second' | 'either' | (string & {}) | null;

/** As a heading. */
export const REUSE_TITLES: Readonly<Record<BindReuse, string>> = {
  none: 'no reuse option',
  reuseaddr: 'SO_REUSEADDR',
  reuseport: 'SO_REUSEPORT',
};

export interface BindOutcome {
  /** The first bind. */
  bind1: BindResult;
  /** The first socket listens before the second binds. */
  listen1: BindResult;
  /** The second bind, with the first socket listening. */
  bind2: BindResult;
  /** The second listen; null for UDP, and if the bind was refused. */
  listen2: BindResult;
  /** Which socket a connection or datagram to 127.0.0.1 reaches, once both are bound. */
  to127001: BindAnswer;
  /** The same for ::1. */
  to1: BindAnswer;
}

/** One trial: two sockets, one after the other, on one port. */
export interface BindMatrixRow extends BindOutcome {
  /** TCP or UDP. */
  protocol: BindProtocol;
  /** The option that both sockets have. */
  reuse: BindReuse;
  /** The first socket. */
  first: BindName;
  /** The second socket. */
  second: BindName;
}

/** What a kernel does with two sockets on one port. */
export interface BindMatrix {
  /** `process.platform`. */
  platform: string;
  /** The kernel release, as printed by `uname -r`. */
  release: string;
  /** What `first` and `second` of the rows mean. */
  binds: BindMatrixBind[];
  /** Ordered by protocol, reuse, first, second. */
  rows: BindMatrixRow[];
}

/** The second bind, or its listen, was refused. */
export const REFUSED = 'xx';
/** One of the two addresses can't be bound on this machine at all. */
export const IMPOSSIBLE = '??';

const SYMBOLS: Readonly<Record<string, string>> = { first: '1', second: '2', either: '*' };

/** EACCES: on Windows SO_REUSEADDR can't take the port (Microsoft, "Using SO_REUSEADDR"). */
const IN_THE_WAY: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);

/** Two characters: who gets IPv4, who gets IPv6; `1`, `2`, `*` for either, `.` for nobody. */
export function cellOf({ bind1, listen1, bind2, listen2, to127001, to1 }: BindOutcome): string {
  const steps = [bind1, listen1, bind2, listen2].filter((step) => step !== null && step !== 'ok');
  if (steps.length === 0) return symbolOf(to127001) + symbolOf(to1);
  return IN_THE_WAY.has(steps[0] ?? '') && bind1 === 'ok' ? REFUSED : IMPOSSIBLE;
}

function symbolOf(answer: BindAnswer): string {
  return SYMBOLS[answer ?? ''] ?? '.';
}
