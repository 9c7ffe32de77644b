import { addon, FAMILY, TYPE } from '../kernel/addon';
import { openSocket, readDescriptor, setDescriptor } from '../kernel/descriptor';
import { bindReason, codeOf, openFailed, outOfResources, SystemError } from '../kernel/errors';
import { accessDenied } from '../kernel/node-errors';
import { currentPlatform } from '../kernel/platforms';
import { networkDenied } from '../runtime/permission';
import { currentRuntime } from '../runtime/support';
import { findAddress } from './interfaces';

/** What this machine does with a socket whose IPV6_V6ONLY is not set. */
export interface PlatformDefaults {
  /** `process.platform`. */
  platform: string;
  /** The kernel's, as `uname -r` prints it. */
  release: string;
  /** An AF_INET6 socket can be opened. */
  ipv6: boolean;
  /** ::1 can be bound. */
  ipv6Loopback: boolean;
  /** Some interface, loopback included, has an IPv6 address. */
  ipv6Address: boolean;
  /** ::ffff:127.0.0.1 can be bound with the option 0. */
  ipv4Mapped: boolean;
  /** The option on a fresh AF_INET6 socket; null without IPv6. */
  v6Only: boolean | null;
  /** Both values can be set. */
  changeable: boolean;
  /** null where this kernel has no such name (Linux without its ipv6 module). */
  sysctl: {
    /** As for sysctl(8). */
    name: string;
    /** As the kernel tells it; it need not be 0 or 1. */
    value: number;
  } | null;
  /** What a stock `[::]` listener and a udp6 socket of this runtime end with; null without IPv6. */
  node: {
    /** Of a `[::]` listener: true for IPv6-only. */
    tcp: boolean;
    /** Of a udp6 socket on `[::]`: true for IPv6-only. */
    udp: boolean;
  } | null;
}

/**
 * What this machine does with a socket whose IPV6_V6ONLY is not set, measured by opening sockets on loopback; nothing
 * is cached. The sysctl alone does not tell: on Linux it is 8 bits wide and the socket's field 1 bit, so a
 * sysctl of 2 gives dual-stack sockets (net/ipv6/af_inet6.c, inet6_create).
 *
 * @throws {SystemError} EMFILE, ENFILE, ENOBUFS, ENOMEM `resources`; ENOTSUP `unsupported-platform`.
 * @throws {Error} ERR_ACCESS_DENIED where Node's permission model withholds the network; ERR_ADDON_UNAVAILABLE.
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

/** Runs `use` on a fresh AF_INET6 socket and closes it; null where none can be opened. */
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

/** Errors that say nothing of what this machine can do: no memory, or another thread closed our descriptor. */
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
