/** What is known of each JavaScript runtime, as data, and what it is therefore not asked for. */
import { unsupportedRuntime } from '../kernel/errors';

/**
 * 'choose': a value can be chosen before bind, and read; 'adopt': it can be chosen, by handing a bound descriptor over,
 * and no descriptor is shown afterwards; 'read': read only; 'none': no descriptor is shown.
 */
type Control = 'choose' | 'adopt' | 'read' | 'none';

export interface Runtime {
  readonly name: 'node' | 'bun' | 'deno';
  /** What becomes of a socket that nobody configured: forced dual-stack, or left at the system's default. */
  readonly defaults: { readonly tcp: 'dual' | 'system'; readonly udp: 'dual' | 'system' };
  readonly servers: Control;
  readonly datagrams: Control;
}

/**
 * Node: libuv src/unix/tcp.c (uv__tcp_bind always sets the option), src/unix/udp.c (uv__udp_bind sets it only with
 * UV_UDP_IPV6ONLY); measured on Node 18 to 26.
 * Bun 1.4, measured: a net.Server has no seam before bind, an http.Server is no net.Server and has no descriptor;
 * what dgram's handle is told is not what is bound.
 * Deno 2.9, measured: no handle has a descriptor, and `ipv6Only` of a server is ignored; a descriptor that it is given
 * keeps its value (ext/node/polyfills/net.ts, _createServerHandle).
 */
const RUNTIMES: Readonly<Record<Runtime['name'], Runtime>> = {
  node: {
    name: 'node',
    defaults: { tcp: 'dual', udp: 'system' },
    servers: 'choose',
    datagrams: 'choose',
  },
  bun: { name: 'bun', defaults: { tcp: 'dual', udp: 'dual' }, servers: 'read', datagrams: 'read' },
  deno: { name: 'deno', defaults: { tcp: 'system', udp: 'system' }, servers: 'adopt', datagrams: 'none' },
};

/** This runtime's row; Bun and Deno say who they are in `process.versions`. */
export function currentRuntime(): Runtime {
  if ('bun' in process.versions) return RUNTIMES.bun;
  return 'deno' in process.versions ? RUNTIMES.deno : RUNTIMES.node;
}

/**
 * Throws where this runtime would end up with another value than the one that was chosen.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireChoice(what: 'servers' | 'datagrams'): void {
  const { name, [what]: control } = currentRuntime();
  if (control === 'choose' || control === 'adopt') return;
  const kind = what === 'servers' ? 'server' : 'udp socket';
  const detail = `in ${name} the option of a ${kind} cannot be chosen before it is bound; run this in Node`;
  throw unsupportedRuntime(detail);
}

/** Whether this runtime binds a server with the chosen value only where it is given the bound socket. */
export function adoptsServers(): boolean {
  return currentRuntime().servers === 'adopt';
}

/**
 * Throws where a server cannot be given several sockets.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireSeveralSockets(): void {
  requireChoice('servers');
  if (!adoptsServers()) return;
  const { name } = currentRuntime();
  throw unsupportedRuntime(`in ${name} a server has one socket; use setV6Only(server), or run this in Node`);
}

/**
 * Throws for a server with a socket of which this runtime shows no descriptor.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireShownServer(syscall: string): void {
  if (adoptsServers()) throw hiddenDescriptor(syscall, currentRuntime());
}

/**
 * Throws where this runtime shows no descriptor of such a socket.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireDescriptors(what: 'servers' | 'datagrams', syscall: string): void {
  const runtime = currentRuntime();
  if (runtime[what] === 'none') throw hiddenDescriptor(syscall, runtime);
}

/**
 * Throws for an object that has no descriptor although it is connected, as some of Bun and all of Deno have it.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireShown(connection: { readonly remoteAddress?: unknown }, syscall: string): void {
  const runtime = currentRuntime();
  if (runtime !== RUNTIMES.node && connection.remoteAddress !== undefined)
    throw hiddenDescriptor(syscall, runtime);
}

/**
 * Throws for a server that is no net.Server, where the runtime has such: Bun's http and https servers.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function requireNetServer(server: unknown, syscall: string): void {
  const runtime = currentRuntime();
  if (runtime === RUNTIMES.node || typeof server !== 'object' || server === null) return;
  if ('listen' in server && 'address' in server && 'listening' in server)
    throw hiddenDescriptor(syscall, runtime);
}

function hiddenDescriptor(syscall: string, { name }: Runtime): Error {
  return unsupportedRuntime(`${name} shows no descriptor of this socket; run this in Node`, syscall);
}

/** Whether this Node loses `ipv6Only: true` when `listen` is given no host (mended in 22.12.0 and 23.1.0). */
export function dropsIPv6OnlyWithoutHost(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major < 22 || (major === 22 && minor < 12) || (major === 23 && minor < 1);
}
