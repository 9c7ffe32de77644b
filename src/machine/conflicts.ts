/** The sockets that conflict with a bind, before or after the kernel refuses it. */
import { acceptedFamilies } from '../kernel/accepts';
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { formatEndpoint, isIPv6Wildcard } from '../kernel/address';
import {
  addressInUse,
  bindReason,
  codeOf,
  FAMILY_MISSING,
  NO_IPV6_ADVICE,
  openFailed,
} from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { networkDenied } from '../runtime/permission';
import { findListeners, type Listener } from './listeners';
import { findHolder } from './processes';

export interface DualStackBind {
  readonly syscall: string;
  readonly type: number;
  readonly address: string;
  readonly port: number;
  /** Whether it has SO_REUSEPORT, so that other members of its group don't conflict. */
  readonly reusePort?: boolean;
}

/**
 * On systems where a dual-stack wildcard binds beside 0.0.0.0 with the same port, and one of the two silently
 * loses its IPv4 clients: the error that Linux gives for it.
 * @throws {SystemError} EADDRINUSE `bind-failed`.
 */
export function requireIPv4WildcardFree(bind: DualStackBind): void {
  const { syscall, address, port } = bind;
  if (!currentPlatform().dualTakesIPv4Wildcard || port === 0 || !isIPv6Wildcard(address)) return;
  // Node itself will refuse the bind, and nothing may be opened before it does.
  if (networkDenied()) return;
  if (!isIPv4WildcardHeld(bind)) return;
  const detail =
    `address already in use ${address}:${port} (another socket accepts IPv4 on this port, and one of the two would ` +
    'silently lose its IPv4 clients; an IPv6-only listener fits beside one on 0.0.0.0)';
  throw addressInUse(syscall, detail, { address, port });
}

/**
 * An AF_INET socket with SO_REUSEADDR is refused 0.0.0.0 exactly when another socket holds it: not beside 127.0.0.1,
 * nor beside closed connections (measured on FreeBSD 14 and 15). A dual-stack `[::]` gives the same answer.
 */
function isIPv4WildcardHeld({ type, port, reusePort }: DualStackBind): boolean {
  const fd = addon().open(FAMILY.IPv4, type);
  // Without IPv4, on a machine or in a jail, nothing conflicts.
  if (fd < 0 && FAMILY_MISSING.has(codeOf(fd))) return false;
  if (fd < 0) throw openFailed(fd, 'bind', 'opening a socket failed');
  try {
    if (currentPlatform().reuseIsHarmless) addon().setReuse(fd, reusePort ? REUSE.port : REUSE.address);
    const failed = addon().bind(fd, '0.0.0.0', port);
    return failed !== 0 && codeOf(failed) === 'EADDRINUSE';
  } finally {
    addon().close(fd);
  }
}

/**
 * The sockets that conflict, and what would fit beside them; undefined if the kernel doesn't say. Linux refuses any
 * socket that shares a family and an address with a listening TCP socket, or with a UDP socket.
 */
function adviseAddressInUse(type: number, port: number): string | undefined {
  const found = (port > 0 && findListeners(type, port)) || [];
  if (found.length === 0) return undefined;
  const names = found.map(nameOf).join(', ');
  const noun = type === TYPE.stream ? 'listener' : 'socket';
  const fits = found.every((other) => !acceptedFamilies(other).includes('IPv6'));
  const beside = fits
    ? `an IPv6-only ${noun} fits beside it, a split one does not`
    : `neither an IPv6-only nor a split ${noun} fits beside it`;
  return `in the way: ${names}; ${beside}; npx v6only ls --port ${port} shows more`;
}

function nameOf(listener: Listener): string {
  const { address, port, family, v6Only, inode } = listener;
  const { pid, program } = findHolder(inode) ?? {};
  const what: string[] = [];
  if (family === 'IPv4') what.push('IPv4');
  else if (isIPv6Wildcard(address)) what.push(v6Only ? 'IPv6-only' : 'dual-stack');
  if (pid === process.pid) what.push('this process');
  else if (pid !== undefined) what.push(...(program ? [program] : []), `pid ${pid}`);
  const name = formatEndpoint(address, port);
  return what.length === 0 ? name : `${name} (${what.join(', ')})`;
}

/** What can be done about an error of binding a socket of that type to a port. */
export function adviseOn(code: string, type: number, port: number): string | undefined {
  if (code === 'EADDRINUSE') return adviseAddressInUse(type, port);
  return bindReason(code) === 'no-ipv6' ? NO_IPV6_ADVICE : undefined;
}
