/** The options of `bindUdp(options)`. */
import type { LookupFunction } from 'node:net';
import { invalidArgType, outOfRange } from '../kernel/node-errors';
import { requireKnown } from '../kernel/options';
import { type CheckedOptions, COMMON, type CommonOptions, checkBoolean, checkCommon } from './options';

/** Options of `bindUdp`. */
export interface BindUdpOptions extends CommonOptions {
  /** As in dgram: SO_REUSEADDR on Linux, SO_REUSEPORT on FreeBSD and macOS. */
  reuseAddr?: boolean | undefined;
  /** As in dgram: SO_REUSEPORT, if Node and the system support it. */
  reusePort?: boolean | undefined;
  /** In a cluster worker: opens its own sockets instead of using the primary's. */
  exclusive?: boolean | undefined;
  /** SO_RCVBUF of each socket, in bytes; the system may use another size. */
  recvBufferSize?: number | undefined;
  /** SO_SNDBUF of each socket, in bytes; the system may use another size. */
  sendBufferSize?: number | undefined;
  /** Replaces `dns.lookup`, for names in `host` and names to send to. */
  lookup?: LookupFunction | undefined;
}

/** The same for each socket. */
export interface DatagramOptions {
  readonly reuseAddr: boolean | undefined;
  readonly reusePort: boolean | undefined;
  readonly exclusive: boolean | undefined;
  readonly recvBufferSize: number | undefined;
  readonly sendBufferSize: number | undefined;
  readonly lookup: LookupFunction | undefined;
}

export interface CheckedBindUdpOptions extends CheckedOptions, DatagramOptions {}

const BIND_UDP = [
  ...COMMON,
  ...['reuseAddr', 'reusePort', 'exclusive', 'recvBufferSize', 'sendBufferSize', 'lookup'],
];

/** @throws {TypeError} for unknown or invalid options. @throws {RangeError} for a bad port or size. */
export function checkBindUdpOptions(options: unknown): CheckedBindUdpOptions {
  requireKnown('options', options, BIND_UDP);
  const { reuseAddr, reusePort, exclusive, recvBufferSize, sendBufferSize, lookup } = options;
  return {
    ...checkCommon(options),
    reuseAddr: checkBoolean('reuseAddr', reuseAddr),
    reusePort: checkBoolean('reusePort', reusePort),
    exclusive: checkBoolean('exclusive', exclusive),
    recvBufferSize: checkSize('recvBufferSize', recvBufferSize),
    sendBufferSize: checkSize('sendBufferSize', sendBufferSize),
    lookup: checkLookup(lookup),
  };
}

/** The kernel uses an int. Given 0, libuv only returns the current size. */
const LARGEST = 2 ** 31 - 1;

function checkSize(name: string, size: unknown): number | undefined {
  if (size === undefined) return undefined;
  if (typeof size !== 'number') throw invalidArgType(`options.${name}`, 'a number', size);
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST) return size;
  throw outOfRange(`options.${name}`, `an integer >= 1 and <= ${LARGEST}`, size);
}

function checkLookup(lookup: unknown): LookupFunction | undefined {
  if (lookup === undefined || isFunction(lookup)) return lookup;
  throw invalidArgType('options.lookup', 'a function', lookup);
}

function isFunction(value: unknown): value is LookupFunction {
  return typeof value === 'function';
}
