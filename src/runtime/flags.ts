/** Bits and numbers that Node's handles take. */
import type { IPFamily } from '../kernel/addon';

/** Bits of `flags` (uv.h: enum uv_tcp_flags, enum uv_udp_flags); the first is that of both. */
const UV_IPV6ONLY = 1;

export const UV_TCP_REUSEPORT = 2;

/** Deno's own, where the one before it says IPv6 only (`constants` of its tcp_wrap; measured on Deno 2.9). */
export const DENO_TCP_REUSEPORT = 4;

export const UV_UDP_REUSEADDR = 4;

export const UV_UDP_REUSEPORT = 512;

/** Sets or clears the bit that libuv turns into setsockopt before bind; reusePort's bit stays. */
export function withIPv6Only(flags: number | null | undefined, v6Only: boolean): number {
  return ((flags ?? 0) & ~UV_IPV6ONLY) | (v6Only ? UV_IPV6ONLY : 0);
}

/** Node's number for a family. */
export function addressType(family: IPFamily): number {
  return family === 'IPv6' ? 6 : 4;
}
