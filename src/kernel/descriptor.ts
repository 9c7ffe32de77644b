/** IPV6_V6ONLY of a descriptor: reads, sets and checks it, and opens our own sockets with it. */
import { optionDecides } from './accepts';
import { addon, type DescriptorInfo, FAMILY, REUSE, TYPE } from './addon';
import {
  alreadyBound,
  bindReason,
  closed,
  codeOf,
  mismatch,
  NO_IPV6_ADVICE,
  notASocket,
  notIPv6,
  openFailed,
  rawSocket,
  resetByPeer,
  type SystemError,
} from './errors';
import { outOfRange } from './node-errors';

/** What opened a socket, if known: a descriptor may come from a parent process. */
type Opener = 'this program' | 'perhaps another';

type Syscall = 'getsockopt' | 'setsockopt';

/**
 * What the kernel says about a descriptor.
 * @throws {SystemError} EBADF `closed`, ENOTSOCK `not-a-socket`. @throws {RangeError} ERR_OUT_OF_RANGE.
 */
export function inspectDescriptor(fd: number, syscall: Syscall): DescriptorInfo {
  const info = addon().describe(fd);
  if (typeof info !== 'number') return info;
  // From an object that only looks like Node's own; the addon has made no system call.
  if ((fd | 0) !== fd) throw outOfRange('fd', 'an integer >= 0 and <= 2147483647', fd);
  throw kernelError(info, fd, syscall, 'getsockname');
}

/**
 * The documented error for the kernel's errno. `call` is the system call that failed, if it isn't the user's. Another
 * thread may close a descriptor and reuse its number between two calls, so each of them can find a file, an IPv4
 * socket or nothing at all.
 */
function kernelError(errno: number, fd: number, syscall: Syscall, call: string = syscall): SystemError {
  const code = codeOf(errno);
  if (code === 'EBADF') return closed(syscall, `descriptor ${fd} is not open`);
  if (code === 'ENOTSOCK') return notASocket(syscall, `descriptor ${fd}`);
  if (NO_SUCH_OPTION.has(code)) return notIPv6(syscall, `the kernel has no IPV6_V6ONLY for descriptor ${fd}`);
  return code === 'ECONNRESET' ? resetByPeer(syscall) : openFailed(code, call, `descriptor ${fd}`);
}

/** Linux: setsockopt and getsockopt of an AF_INET socket, in this order; EOPNOTSUPP has the number of ENOTSUP. */
const NO_SUCH_OPTION = new Set(['ENOPROTOOPT', 'ENOTSUP', 'EOPNOTSUPP']);

/** Throws unless the socket is AF_INET6, the same error whichever errno this kernel uses. */
function requireIPv6(info: DescriptorInfo, fd: number, syscall: Syscall): void {
  if (info.family === FAMILY.IPv6) return;
  const family = info.family === FAMILY.IPv4 ? 'an IPv4 (AF_INET) socket' : 'not an internet socket';
  throw notIPv6(syscall, `descriptor ${fd} is ${family}; IPV6_V6ONLY exists on AF_INET6 sockets only`);
}

/** Turns a failed getsockopt into the documented error. */
function readError(fd: number, errno: number): SystemError {
  requireIPv6(inspectDescriptor(fd, 'getsockopt'), fd, 'getsockopt');
  return kernelError(errno, fd, 'getsockopt');
}

/**
 * The kernel's current value.
 * @throws {SystemError} `closed`, `not-a-socket`, `not-ipv6`, `reset`.
 */
export function readDescriptor(fd: number): boolean {
  const value = addon().getV6Only(fd);
  if (value < 0) throw readError(fd, value);
  return value === 1;
}

/**
 * Sets the option on an AF_INET6 socket that has no port yet; if it has one, only checks. On a socket bound to one IPv6
 * address the option has no effect, and Linux turns it on itself, so either value is fine.
 * @param opener - For the advice in an error.
 * @throws {SystemError} `already-bound`, `raw-socket`, `mismatch`, `not-ipv6`, `closed`, `not-a-socket`, `reset`.
 */
export function setDescriptor(fd: number, v6Only: boolean, opener: Opener = 'this program'): void {
  const failed = addon().setV6Only(fd, v6Only);
  if (failed !== 0) requireNoChange(fd, v6Only, failed, opener);
  else verifySet(fd, v6Only);
}

/** The kernel refused: fine if the option already has the value or has no effect, otherwise an error. */
function requireNoChange(fd: number, v6Only: boolean, errno: number, opener: Opener): void {
  const info = inspectDescriptor(fd, 'setsockopt');
  requireIPv6(info, fd, 'setsockopt');
  if (info.local !== null && !optionDecides(info.local.address)) return;
  if (codeOf(errno) !== 'EINVAL') throw kernelError(errno, fd, 'setsockopt');
  if (info.type === TYPE.raw) throw rawSocket();
  if (info.local === null || info.local.port === 0) return verifySet(fd, v6Only);
  if (readDescriptor(fd) !== v6Only) throw alreadyBound(v6Only, info.local, opener);
}

function verifySet(fd: number, v6Only: boolean): void {
  const now = readDescriptor(fd);
  if (now !== v6Only) throw mismatch('setsockopt', v6Only, now);
}

/**
 * Compares a bound socket with what was asked for. Linux itself turns the option on when a socket is bound to one
 * IPv6 address (`__inet6_bind` in net/ipv6/af_inet6.c), where it has no effect.
 * @returns the kernel's value.
 */
export function verifyBound(fd: number, v6Only: boolean, syscall: string): boolean {
  const now = readDescriptor(fd);
  if (now === v6Only) return now;
  const { local } = inspectDescriptor(fd, 'getsockopt');
  if (local !== null && !optionDecides(local.address)) return now;
  throw mismatch(syscall, v6Only, now, local ?? undefined);
}

/**
 * Opens an unbound udp6 socket with the option and passes its descriptor to `adopt`, which owns it if it returns 0.
 * @returns the descriptor. @throws {SystemError} `no-ipv6`, `resources`, `mismatch`; what `adopt` throws.
 */
export function openDatagram(v6Only: boolean, adopt: (fd: number) => number): number {
  const fd = openSocket(FAMILY.IPv6, TYPE.datagram, 'bind');
  let adopted = false;
  try {
    setDescriptor(fd, v6Only);
    const failed = adopt(fd);
    adopted = failed === 0;
    if (!adopted) throw openError(failed, 'setsockopt');
    return fd;
  } finally {
    if (!adopted) addon().close(fd);
  }
}

/**
 * Undoes what libuv did when it adopted a descriptor (uv_udp_open): SO_REUSEADDR (BSD: SO_REUSEPORT) would let two
 * programs silently share the port. If it was asked for, bind() turns it on again.
 * @throws {SystemError} of setsockopt.
 */
export function forbidReuse(fd: number): void {
  const failed = addon().setReuse(fd, REUSE.none);
  if (failed !== 0) throw openError(failed, 'setsockopt');
}

/**
 * A new socket's descriptor, which the caller closes.
 * @throws {SystemError} `no-ipv6`, `resources`.
 */
export function openSocket(family: number, type: number, syscall: string): number {
  const fd = addon().open(family, type);
  if (fd < 0) throw openError(fd, syscall);
  return fd;
}

function openError(errno: number, syscall: string): SystemError {
  const noIPv6 = bindReason(codeOf(errno)) === 'no-ipv6';
  return openFailed(errno, syscall, noIPv6 ? NO_IPV6_ADVICE : 'opening a socket failed');
}

/** Why this machine can't open an AF_INET6 socket; null if it can, or if it is out of resources. */
export function tryIPv6(syscall: string): SystemError | null {
  const fd = addon().open(FAMILY.IPv6, TYPE.stream);
  if (fd >= 0) addon().close(fd);
  const refused = fd < 0 && bindReason(codeOf(fd)) === 'no-ipv6';
  return refused ? openError(fd, syscall) : null;
}
