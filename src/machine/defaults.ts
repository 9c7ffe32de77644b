import { addon, FAMILY, TYPE } from '../kernel/addon';
import { openSocket, readDescriptor, setDescriptor } from '../kernel/descriptor';
import { bindReason, codeOf, openFailed, outOfResources, SystemError } from '../kernel/errors';
import { accessDenied } from '../kernel/node-errors';
import { currentPlatform } from '../kernel/platforms';
import { networkDenied } from '../runtime/permission';
import { currentRuntime } from '../runtime/support';
import { findAddress } from './interfaces';

/** How this machine treats a socket on which IPV6_V6ONLY was not set. */
export interface PlatformDefaults {
  /** `process.platform`. */
  platform: string;
  /** The kernel release, as printed by `uname -r`. */
  release: string;
  /** Whether an AF_INET6 socket can be opened. */
  ipv6: boolean;
  /** Whether ::1 can be bound. */
  ipv6Loopback: boolean;
  /** Whether some interface, including loopback, has an IPv6 address. */
  ipv6Address: boolean;
  /** Whether ::ffff:127.0.0.1 can be bound with the option 0. */
  ipv4Mapped: boolean;
  /** The option on a fresh AF_INET6 socket; null without IPv6. */
  v6Only: boolean | null;
  /** Whether both values can be set. */
  changeable: boolean;
  /** null if this kernel has none (Linux without its ipv6 module). */
  sysctl: {
    /** Its name for sysctl(8). */
    name: string;
    /** The kernel's value, not necessarily 0 or 1. */
    value: number;
  } | null;
  /** The option of this runtime's stock `[::]` listeners and udp6 sockets; null without IPv6. */
  node: {
    /** For a `[::]` listener: true if IPv6-only. */
    tcp: boolean;
    /** For a udp6 socket on `[::]`: true if IPv6-only. */
    udp: boolean;
  } | null;
}

/**
 * Measures how this machine treats a socket on which IPV6_V6ONLY was not set, by opening sockets on loopback; nothing
 * is cached. The sysctl is not enough: on Linux it is 8 bits wide and the socket's field 1 bit, so a
 * sysctl of 2 gives dual-stack sockets (net/ipv6/af_inet6.c, inet6_create).
 *
 * @throws {SystemError} EMFILE, ENFILE, ENOBUFS, ENOMEM `resources`; ENOTSUP `unsupported-platform`.
 * @throws {Error} ERR_ACCESS_DENIED if Node's permission model denies the network; ERR_ADDON_UNAVAILABLE.
 * @category Look at the machine
 * @example
 * ```js
 * const { platformDefaults } = require('v6only');
 *
 * const { ipv6Loopback, changeable } = platformDefaults();
 * console.log({ ipv6Loopback, changeable });
 * ```
 *
 * ```
 * { ipv6Loopback: true, changeable: true }
 * ```
 */
export function platformDefaults(): PlatformDefaults {
  const platform = currentPlatform();
  const operatingSystem: typeof import('node:os') = require('node:os');
  const v6Only = defaultV6Only();
  return {
    platform: process.platform,
    release: operatingSystem.release(),
    ipv6: v6Only !== null,
    ipv6Loopback: withIPv6Socket((fd) => canBind(fd, '::1')) ?? false,
    ipv6Address: findAddress('IPv6'),
    ipv4Mapped: withIPv6Socket((fd) => canSet(fd, false) && canBind(fd, '::ffff:127.0.0.1')) ?? false,
    v6Only,
    changeable: withIPv6Socket((fd) => canSet(fd, false) && canSet(fd, true)) ?? false,
    sysctl: platform.sysctl === null ? null : readSysctl(platform.sysctl.name),
    node: v6Only === null ? null : runtimeDefaults(v6Only),
  };
}

/** The option on a fresh AF_INET6 socket; null without IPv6. */
export function defaultV6Only(): boolean | null {
  if (networkDenied()) throw accessDenied('::');
  return withIPv6Socket(readDescriptor);
}

/** Runs `use` on a fresh AF_INET6 socket and closes it; null if none can be opened. */
function withIPv6Socket<T>(use: (fd: number) => T): T | null {
  let fd: number;
  try {
    fd = openSocket(FAMILY.IPv6, TYPE.stream, 'socket');
  } catch (error) {
    if (error instanceof SystemError && error.reason === 'no-ipv6') return null;
    throw error;
  }
  try {
    return use(fd);
  } finally {
    addon().close(fd);
  }
}

function canSet(fd: number, v6Only: boolean): boolean {
  try {
    setDescriptor(fd, v6Only);
    return true;
  } catch (error) {
    if (error instanceof SystemError && saysNothing(error.code)) throw error;
    return false;
  }
}

function canBind(fd: number, address: string): boolean {
  const failed = addon().bind(fd, address, 0);
  if (failed === 0) return true;
  const code = codeOf(failed);
  if (saysNothing(code)) throw openFailed(code, 'bind', address);
  return false;
}

/** Errors that say nothing about this machine: no memory, or another thread closed our descriptor. */
function saysNothing(code: string): boolean {
  return bindReason(code) === 'resources' || code === 'EBADF' || code === 'ENOTSOCK';
}

function readSysctl(name: string): PlatformDefaults['sysctl'] {
  const answer = addon().readSysctl(name);
  if (typeof answer !== 'number') return { name, value: answer.value };
  const code = codeOf(answer);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM') return null;
  throw outOfResources(code, 'sysctl', `reading ${name} failed`);
}

function runtimeDefaults(v6Only: boolean): { tcp: boolean; udp: boolean } {
  const { tcp, udp } = currentRuntime().defaults;
  return { tcp: tcp === 'system' && v6Only, udp: udp === 'system' && v6Only };
}
