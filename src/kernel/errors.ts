import { getSystemErrorMap, getSystemErrorName, types } from 'node:util';
import type { SocketAddress } from './addon';
import { nameFor } from './error-name';

/** A stable word that says what happened; branch on it rather than on the message. */
export type Reason =
  | 'already-bound'
  | 'raw-socket'
  | 'mismatch'
  | 'not-ipv6'
  | 'not-a-socket'
  | 'closed'
  | 'not-open-yet'
  | 'reset'
  | 'no-ipv6'
  | 'resources'
  | 'bind-failed'
  | 'unsupported-platform'
  | 'unsupported-runtime'
  | 'not-visible';

/** The address that an error is about. */
interface Where {
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * An error of the operating system, in the shape of Node's own: `code` ('EINVAL'), `errno` (negative, this
 * system's number for the code), `syscall`, for an address `address` and `port`, and a `reason` to branch on.
 *
 * @category Errors
 */
export class SystemError extends Error {
  static {
    nameFor(SystemError);
  }

  /** The name of the class. */
  declare readonly name: 'SystemError';
  /** This system's negative number for the code. */
  readonly errno: number;
  /** The name of the error, such as 'EINVAL'. */
  readonly code: string;
  /** The failed call, such as 'setsockopt', 'bind' or 'listen'. */
  readonly syscall: string;
  /** The same on every system for the same mistake. */
  readonly reason: Reason;
  /** The address that was asked for, if any. */
  declare readonly address?: string;
  /** The port that was asked for, if any. */
  declare readonly port?: number;

  /**
   * Called only in this file, by functions named after what happened.
   * @internal
   */
  constructor(code: string, syscall: string, reason: Reason, detail: string, { address, port }: Where = {}) {
    super(`${syscall} ${code}: ${detail}`);
    this.errno = errnoOf(code);
    this.code = code;
    this.syscall = syscall;
    if (address !== undefined) this.address = address;
    if (port !== undefined) this.port = port;
    this.reason = reason;
  }
}

/** This system's negative number for a code. */
export function errnoOf(code: string): number {
  for (const [number, [name]] of getSystemErrorMap()) if (name === code) return number;
  return 0;
}

/** The name of a negative errno as Node spells it, such as 'EINVAL'. */
export function codeOf(errno: number): string {
  return getSystemErrorName(errno);
}

/** libuv's words for a negative errno, such as 'address already in use'. */
export function messageOf(errno: number): string {
  return getSystemErrorMap().get(errno)?.[1] ?? codeOf(errno);
}

const RESOURCES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
/** The machine lacks the family; EPROTONOSUPPORT: a FreeBSD jail without it. */
export const FAMILY_MISSING: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT']);

/** What to do about `no-ipv6`. */
export const NO_IPV6_ADVICE =
  'this machine cannot open AF_INET6 sockets; enable IPv6, or bind an IPv4 address without setV6Only';

/** The reason for a code that came from opening or binding a socket. */
export function bindReason(code: string): Reason {
  if (RESOURCES.has(code)) return 'resources';
  return FAMILY_MISSING.has(code) ? 'no-ipv6' : 'bind-failed';
}

export function closed(syscall: string, what: string): SystemError {
  return new SystemError('EBADF', syscall, 'closed', `bad file descriptor, ${what}`);
}

export function notOpenYet(syscall: string, what: string): SystemError {
  const detail = `bad file descriptor, ${what}; Node opens it only with listen(), bind() or connect()`;
  return new SystemError('EBADF', syscall, 'not-open-yet', detail);
}

export function notASocket(syscall: string, what: string): SystemError {
  const detail = `${what} is not a network socket; pass a TCP or UDP socket over IPv6`;
  return new SystemError('ENOTSOCK', syscall, 'not-a-socket', detail);
}

export function notIPv6(syscall: string, detail: string, address?: string, port?: number): SystemError {
  return new SystemError('ENOPROTOOPT', syscall, 'not-ipv6', detail, { address, port });
}

export function resetByPeer(syscall: string): SystemError {
  return new SystemError('ECONNRESET', syscall, 'reset', 'the peer has reset this connection');
}

export function rawSocket(): SystemError {
  const detail = 'this kernel refuses IPV6_V6ONLY on raw sockets; open one per address family instead';
  return new SystemError('EINVAL', 'setsockopt', 'raw-socket', detail);
}

/** The socket has a port, and the opposite of the value asked for. */
export function alreadyBound(
  asked: boolean,
  { address, port }: SocketAddress,
  opener: 'this program' | 'perhaps another' = 'this program',
): SystemError {
  const detail =
    `the socket already has a port (${address} port ${port}) and IPV6_V6ONLY ${Number(!asked)}; ` +
    `the kernel accepts another value only before bind, so ${ALREADY_BOUND_ADVICE[opener](asked)}`;
  return new SystemError('EINVAL', 'setsockopt', 'already-bound', detail, { address, port });
}

/** systemd.socket(5): BindIPv6Only=. */
const ALREADY_BOUND_ADVICE = {
  'this program': () => 'call setV6Only before listen() or bind()',
  'perhaps another': (asked: boolean) =>
    `set it where the socket is opened: with systemd, BindIPv6Only=${asked ? 'ipv6-only' : 'both'} in the .socket unit` +
    (asked ? '; or keep IPv4 clients out with rejectIPv4Mapped(server)' : ''),
};

/** A stack was chosen for a server that already listens on something else. */
export function stackTooLate(call: string, found: unknown): SystemError {
  const detail = `${call}: the server is already listening on ${JSON.stringify(found)}; call it before listen()`;
  return new SystemError('EINVAL', 'listen', 'already-bound', detail);
}

/** The kernel's value is not the one asked for; null if it can't be read. */
export function mismatch(syscall: string, asked: boolean, found: boolean | null, where?: Where): SystemError {
  const state = found === null ? 'cannot be read' : `is ${Number(found)}`;
  const detail =
    `IPV6_V6ONLY ${Number(asked)} was asked for, but the kernel's value ${state} ` +
    "(in a cluster, all workers share the first one's socket: ask for the same value in each)";
  return new SystemError('EINVAL', syscall, 'mismatch', detail, where);
}

/** Something was chosen during a listen that had already asked a cluster primary, or that has its own choice. */
export function chosenTooLate(call: string): SystemError {
  const detail = `${call} was called after other sockets had been asked for; call it before listen()`;
  return new SystemError('EINVAL', 'listen', 'mismatch', detail);
}

/** The socket is of another family, or there is none. */
export function otherSocket(syscall: string, found: unknown): SystemError {
  const detail = `a different socket than the one asked for was opened, on ${JSON.stringify(found)}`;
  return new SystemError('EINVAL', syscall, 'mismatch', detail);
}

/** Opening or binding failed with this code or negative errno. */
export function openFailed(failure: string | number, syscall: string, detail: string): SystemError {
  const code = typeof failure === 'number' ? codeOf(failure) : failure;
  return new SystemError(code, syscall, bindReason(code), detail);
}

/** Worded like Node's own error for a failed listen. */
export function listenFailed(
  errno: number,
  address: string,
  port: number | undefined,
  advice?: string,
): SystemError {
  const code = codeOf(errno);
  const where = port === undefined ? address : `${address}:${port}`;
  const detail = `${messageOf(errno)} ${where}${advice === undefined ? '' : ` (${advice})`}`;
  return new SystemError(code, 'listen', bindReason(code), detail, { address, port });
}

export function addressInUse(syscall: string, detail: string, where?: Where): SystemError {
  return new SystemError('EADDRINUSE', syscall, 'bind-failed', detail, where);
}

export function addressNotAvailable(syscall: string, detail: string, address?: string): SystemError {
  return new SystemError('EADDRNOTAVAIL', syscall, 'bind-failed', detail, { address });
}

export function noIPv6(syscall: string, detail: string, address?: string, port?: number): SystemError {
  return new SystemError('EAFNOSUPPORT', syscall, 'no-ipv6', detail, { address, port });
}

export function outOfResources(code: string, syscall: string, detail: string, where?: Where): SystemError {
  return new SystemError(code, syscall, 'resources', detail, where);
}

export function unsupportedPlatform(syscall: string, detail: string): SystemError {
  return new SystemError('ENOTSUP', syscall, 'unsupported-platform', detail);
}

export function unsupportedRuntime(detail: string, syscall = 'setsockopt'): SystemError {
  return new SystemError('ENOTSUP', syscall, 'unsupported-runtime', detail);
}

export function notVisible(syscall: string, detail: string): SystemError {
  return new SystemError('ENOTSUP', syscall, 'not-visible', detail);
}

/** True for errors of other realms too: under Jest and node:vm this code's Error is not Node's. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value);
}
