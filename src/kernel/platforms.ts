/**
 * What is known about each system, as data. Each claim has its source: a kernel file, a manual page,
 * or "measured" if a probe ran on a real kernel.
 */
import { unsupportedPlatform } from './errors';

export interface Platform {
  /** The sysctl that sets the option of a fresh AF_INET6 socket, and its default value; null for none. */
  readonly sysctl: { readonly name: string; readonly defaultValue: 0 | 1; readonly scope: string } | null;
  /** Whether the kernel has no dual-stack sockets: the option is 1, and 0 is refused. */
  readonly alwaysV6Only: boolean;
  /** Whether a socket has a descriptor that Node exposes and accepts. */
  readonly hasDescriptors: boolean;
  /**
   * Whether `[::]` dual-stack binds although the same user holds 0.0.0.0 with that port, and one of the two
   * silently loses its IPv4 clients.
   */
  readonly dualTakesIPv4Wildcard: boolean;
  /**
   * Whether SO_REUSEADDR allows a bind beside closed connections, but not beside a socket that holds the address. On
   * Windows it allows both (Microsoft, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE").
   */
  readonly reuseIsHarmless: boolean;
  /** Where the list of the machine's sockets comes from: the kernel, through the addon, or the base system's programs. */
  readonly lists: 'sock_diag' | 'IP Helper' | 'programs';
  /**
   * What netstat prints as the protocol: on Linux the socket's family (tcp6 for every AF_INET6 socket), on the
   * BSDs what it carries (tcp46 for a dual-stack listener, tcp4 for an IPv4 connection on an AF_INET6 socket).
   */
  readonly netstatShows: 'family' | 'traffic';
  /** What Node writes after the % of a link-local address: an interface's name or its number. */
  readonly zones: 'names' | 'numbers';
  /** How to restore the sysctl's default, for `v6only doctor`. */
  readonly restore: string;
  /** Where the addresses of localhost are written. */
  readonly hostsFile: string;
}

const COMMON = {
  alwaysV6Only: false,
  hasDescriptors: true,
  dualTakesIPv4Wildcard: true,
  reuseIsHarmless: true,
  lists: 'programs',
  netstatShows: 'traffic',
  zones: 'names',
  hostsFile: '/etc/hosts',
} as const;

/**
 * Linux: Documentation/networking/ip-sysctl.rst (bindv6only), net/ipv6/af_inet6.c; measured on 6.18.
 * FreeBSD: ip6(4), sys/netinet6/in6_proto.c, in6_pcb.c; measured on 14.0 and 15.0.
 * macOS: bsd/netinet6/in6_proto.c, in6_pcb.c of xnu-11417; read, not measured.
 * NetBSD: ip6(4), sys/netinet6/in6_pcb.c; OpenBSD: ip6(4), which has no such sysctl; both read, not measured.
 * Windows: Microsoft's page on IPPROTO_IPV6 socket options (a fresh socket has 1), libuv src/win; run under Wine, whose
 * bind conflicts and lists are those of Linux. Reports differ on whether a dual-stack `[::]` binds beside 0.0.0.0
 * (dotnet/runtime#36618).
 */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  linux: {
    ...COMMON,
    sysctl: { name: 'net.ipv6.bindv6only', defaultValue: 0, scope: 'network namespace' },
    dualTakesIPv4Wildcard: false,
    lists: 'sock_diag',
    netstatShows: 'family',
    restore: 'sysctl -w net.ipv6.bindv6only=0',
  },
  freebsd: {
    ...COMMON,
    sysctl: {
      name: 'net.inet6.ip6.v6only',
      defaultValue: 1,
      scope: 'jail with its own network stack (VNET)',
    },
    restore: 'sysctl net.inet6.ip6.v6only=1',
  },
  darwin: {
    ...COMMON,
    sysctl: { name: 'net.inet6.ip6.v6only', defaultValue: 0, scope: 'machine' },
    restore: 'sysctl -w net.inet6.ip6.v6only=0',
  },
  netbsd: {
    ...COMMON,
    sysctl: { name: 'net.inet6.ip6.v6only', defaultValue: 1, scope: 'machine' },
    netstatShows: 'family',
    restore: 'sysctl -w net.inet6.ip6.v6only=1',
  },
  openbsd: {
    ...COMMON,
    sysctl: null,
    alwaysV6Only: true,
    dualTakesIPv4Wildcard: false,
    netstatShows: 'family',
    restore: '',
  },
  win32: {
    ...COMMON,
    sysctl: null,
    hasDescriptors: false,
    reuseIsHarmless: false,
    lists: 'IP Helper',
    netstatShows: 'family',
    zones: 'numbers',
    restore: '',
    hostsFile: '%SystemRoot%\\System32\\drivers\\etc\\hosts',
  },
};

/**
 * This system's row.
 * @throws {SystemError} ENOTSUP `unsupported-platform` if there is none.
 */
export function currentPlatform(): Platform {
  const platform = PLATFORMS[process.platform];
  if (platform !== undefined) return platform;
  const known = Object.keys(PLATFORMS).join(', ');
  throw unsupportedPlatform('setsockopt', `v6only supports ${known}, not ${process.platform}`);
}

/**
 * Throws for a descriptor number, and for an object that has one, if sockets have none here.
 * @throws {SystemError} ENOTSUP `unsupported-platform`.
 */
export function requireDescriptors(syscall: string): void {
  if (currentPlatform().hasDescriptors) return;
  const detail = `sockets have no descriptor numbers on ${process.platform}; pass the server or the socket itself`;
  throw unsupportedPlatform(syscall, detail);
}

/**
 * Throws for a dual-stack socket if the kernel has none.
 * @throws {SystemError} ENOTSUP `unsupported-platform`.
 */
export function requirePossible(v6Only: boolean, syscall: string): void {
  if (!currentPlatform().alwaysV6Only || v6Only) return;
  const detail =
    `IPV6_V6ONLY is always 1 on ${process.platform}, which has no dual-stack sockets; to serve both families use ` +
    "the stack 'split': setStack(server, 'split'), listen(server) or bindUdp()";
  throw unsupportedPlatform(syscall, detail);
}
