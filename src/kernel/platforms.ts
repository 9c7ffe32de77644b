/**
 * What is known of each system, as data. A claim carries its source: a kernel file, a manual page,
 * or "measured" where a probe ran on a real kernel.
 */
import { unsupportedPlatform } from './errors';

export interface Platform {
  /** The sysctl that a fresh AF_INET6 socket starts with, and its value by default. */
  readonly sysctl: { readonly name: string; readonly defaultValue: 0 | 1; readonly scope: string };
  /**
   * Whether `[::]` dual-stack binds although the same user holds 0.0.0.0 with that port, and one of the two
   * silently loses its IPv4 clients.
   */
  readonly dualTakesIPv4Wildcard: boolean;
  /**
   * What netstat prints as the protocol: on Linux the socket's family (tcp6 for every AF_INET6 socket), on the
   * BSDs what it carries (tcp46 for a dual-stack listener, tcp4 for an IPv4 connection on an AF_INET6 socket).
   */
  readonly netstatShows: 'family' | 'traffic';
  /** How to put the sysctl back to its default, for `v6only doctor`. */
  readonly restore: string;
}

/**
 * Linux: Documentation/networking/ip-sysctl.rst (bindv6only), net/ipv6/af_inet6.c; measured on 6.18.
 * FreeBSD: ip6(4), sys/netinet6/in6_proto.c, in6_pcb.c; measured on 14.0 and 15.0.
 * macOS: bsd/netinet6/in6_proto.c, in6_pcb.c of xnu-11417; read, not measured.
 */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  linux: {
    sysctl: { name: 'net.ipv6.bindv6only', defaultValue: 0, scope: 'network namespace' },
    dualTakesIPv4Wildcard: false,
    netstatShows: 'family',
    restore: 'sysctl -w net.ipv6.bindv6only=0',
  },
  freebsd: {
    sysctl: {
      name: 'net.inet6.ip6.v6only',
      defaultValue: 1,
      scope: 'jail with its own network stack (VNET)',
    },
    dualTakesIPv4Wildcard: true,
    netstatShows: 'traffic',
    restore: 'sysctl net.inet6.ip6.v6only=1',
  },
  darwin: {
    sysctl: { name: 'net.inet6.ip6.v6only', defaultValue: 0, scope: 'machine' },
    dualTakesIPv4Wildcard: true,
    netstatShows: 'traffic',
    restore: 'sysctl -w net.inet6.ip6.v6only=0',
  },
};

/**
 * This system's row.
 * @throws {SystemError} ENOTSUP `unsupported-platform` where there is none.
 */
export function currentPlatform(): Platform {
  const platform = PLATFORMS[process.platform];
  if (platform !== undefined) return platform;
  const known = Object.keys(PLATFORMS).join(', ');
  throw unsupportedPlatform('setsockopt', `IPV6_V6ONLY is handled on ${known}, not on ${process.platform}`);
}
