/** Which clients can reach a socket, and from where, for `ls` and `check`. */
import { unmapIPv4 } from '../kernel/address';
import type { SocketRow } from '../machine/socket-rows';

/** By the address only; firewalls are not considered. */
export type Origin = 'this machine' | 'a link' | 'everywhere';

/**
 * IPv4: loopback (RFC 1122, 3.2.1.3), link-local (RFC 3927), local network control block (RFC 5771, 4), limited
 * broadcast (RFC 919). IPv6: loopback (RFC 4291, 2.5.3), link-local (2.5.6), multicast of interface and link scope
 * (RFC 4291, 2.7).
 */
const NARROW: readonly (readonly [pattern: RegExp, origin: Origin])[] = [
  [/^127\./, 'this machine'],
  [/^::1$/, 'this machine'],
  [/^ff[\da-f]1:/i, 'this machine'],
  [/^169\.254\./, 'a link'],
  [/^224\.0\.0\./, 'a link'],
  [/^255\.255\.255\.255$/, 'a link'],
  [/^fe[89ab][\da-f]:/i, 'a link'],
  [/^ff[\da-f]2:/i, 'a link'],
];

/** From where a socket with this local address can be reached. */
export function originOf(address: string): Origin {
  const plain = unmapIPv4(address);
  return NARROW.find(([pattern]) => pattern.test(plain))?.[1] ?? 'everywhere';
}

/** IPv4 on an AF_INET6 socket, which netstat on Linux calls tcp6. */
export function carriesIPv4InIPv6({ family, accepts }: SocketRow): boolean {
  return family === 'IPv6' && accepts.length === 1 && accepts[0] === 'IPv4';
}

/** It is waiting for peers and has none. */
export function waits({ state }: SocketRow): boolean {
  return state === 'LISTEN' || state === 'UNCONNECTED';
}
