/** The current JavaScript runtime, and what the package can do in it. */
import { unsupportedRuntime } from '../kernel/errors';

export interface Runtime {
  readonly name: 'node' | 'bun' | 'deno';
  /** What an unconfigured socket becomes: forced dual-stack, or left at the system's default. */
  readonly defaults: { readonly tcp: 'dual' | 'system'; readonly udp: 'dual' | 'system' };
}

/**
 * Node: libuv src/unix/tcp.c (uv__tcp_bind always sets the option), src/unix/udp.c (uv__udp_bind sets it only with
 * UV_UDP_IPV6ONLY); measured on Node 18 to 26.
 * Bun 1.4, measured: a net.Server has no seam before bind, an http.Server isn't a net.Server and has no descriptor;
 * dgram's handle doesn't bind what it is given.
 * Deno 2.9, measured: no handle has a descriptor, and a server's `ipv6Only` is ignored (ext/node/polyfills/net.ts).
 */
const RUNTIMES: Readonly<Record<Runtime['name'], Runtime>> = {
  node: { name: 'node', defaults: { tcp: 'dual', udp: 'system' } },
  bun: { name: 'bun', defaults: { tcp: 'dual', udp: 'dual' } },
  deno: { name: 'deno', defaults: { tcp: 'system', udp: 'system' } },
};

/**
 * Windows: libuv src/win/udp.c clears the option unless UV_UDP_IPV6ONLY is given, whatever the system's default;
 * measured under Wine on Node 20 to 26. OpenBSD: libuv doesn't set the option, which is 1 there; from the source.
 */
const NODE_ELSEWHERE: Readonly<Record<string, Runtime>> = {
  win32: { name: 'node', defaults: { tcp: 'dual', udp: 'dual' } },
  openbsd: { name: 'node', defaults: { tcp: 'system', udp: 'system' } },
};

/** This runtime's row; Bun and Deno identify themselves in `process.versions`. */
export function currentRuntime(): Runtime {
  if ('bun' in process.versions) return RUNTIMES.bun;
  if ('deno' in process.versions) return RUNTIMES.deno;
  return NODE_ELSEWHERE[process.platform] ?? RUNTIMES.node;
}

interface Capability {
  /** The wording of docs/runtimes.md. */
  readonly what: string;
  /** 'no' is refused; any other text is for that page. Node can do everything. */
  readonly bun: string;
  readonly deno: string;
  /** Why it is refused, after the runtime's name. */
  readonly why?: string;
}

const HIDDEN = 'shows no descriptor of this socket';

/** What the package can do where. docs/runtimes.md has this table; test/platforms checks it in each runtime. */
export const CAPABILITIES = {
  everywhere: {
    what: 'address functions, `peerAddress`, `platformDefaults`, `listSockets`, `v6only ls`, `check`, `doctor`',
    bun: 'yes',
    deno: 'yes',
  },
  descriptors: {
    what: '`setV6Only`, `getV6Only`, `describeSocket` of a descriptor number or `{ fd }`',
    bun: 'yes',
    deno: "yes; Deno's own numbers for files are not descriptors",
  },
  chooseServer: {
    what: '`setV6Only` of servers',
    bun: 'no',
    deno: 'no',
    why: 'cannot choose the option of a server before it is bound',
  },
  readServer: {
    what: '`getV6Only`, `describeSocket`, `rejectIPv4Mapped` of servers other than http and https',
    bun: 'yes',
    deno: '`rejectIPv4Mapped` yes, the others on Linux',
  },
  readHttpServer: {
    what: 'the same of http and https servers',
    bun: 'no',
    deno: '`rejectIPv4Mapped` yes, the others on Linux',
    why: HIDDEN,
  },
  serverDescriptor: {
    what: 'the descriptor of a listening server, `describeSocket(server).fd`',
    bun: 'yes',
    deno: 'no',
    why: HIDDEN,
  },
  readConnection: {
    what: '`getV6Only`, `describeSocket` of connections other than http and https',
    bun: 'yes',
    deno: 'no',
    why: HIDDEN,
  },
  readHttpConnection: {
    what: 'the same of connections of http and https',
    bun: 'no',
    deno: 'no',
    why: HIDDEN,
  },
  readDatagram: {
    what: '`getV6Only`, `describeSocket` of udp sockets',
    bun: 'yes',
    deno: 'no',
    why: HIDDEN,
  },
  chooseDatagram: {
    what: '`setV6Only` of udp6 sockets, `bindUdp`',
    bun: 'no',
    deno: 'no',
    why: 'cannot choose the option of a udp socket before it is bound',
  },
  severalSockets: {
    what: '`listen`, `v6only/register`',
    bun: 'no',
    deno: 'no',
    why: 'has one socket for a server; use setV6Only(server)',
  },
  bindMatrix: {
    what: '`bindMatrix`',
    bun: 'no',
    deno: 'no',
    why: 'has no handles that bindMatrix could listen through',
  },
} as const satisfies Record<string, Capability>;

export type CapabilityName = keyof typeof CAPABILITIES;

/**
 * Throws if this runtime can't do it.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireSupport(what: CapabilityName, syscall: string): void {
  const { name } = currentRuntime();
  const capability: Capability = CAPABILITIES[what];
  if (name === 'node' || capability[name] !== 'no') return;
  throw unsupportedRuntime(`${name} ${capability.why}; run this in Node`, syscall);
}

/** Throws for a server that isn't a net.Server, as in Bun. @throws {SystemError} as `requireSupport`. */
export function requireNetServer(server: unknown, syscall: string): void {
  if (typeof server !== 'object' || server === null) return;
  if ('listen' in server && 'address' in server && 'listening' in server)
    requireSupport('readHttpServer', syscall);
}

/** Whether this Node ignores `ipv6Only: true` if `listen` has no host (fixed in 22.12.0 and 23.1.0). */
export function dropsIPv6OnlyWithoutHost(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major < 22 || (major === 22 && minor < 12) || (major === 23 && minor < 1);
}
