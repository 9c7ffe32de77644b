/** One `send` for several udp sockets, each of which sends only to addresses of its own family. */
import type dgram from 'node:dgram';
import { isIP, isIPv4, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { unmapIPv4 } from '../kernel/address';
import { noIPv6, notIPv6, type SystemError } from '../kernel/errors';
import { badPort, invalidArgType } from '../kernel/node-errors';
import { addressesOf } from '../runtime/custom-lookup';
import type { BoundDatagram } from './open-datagrams';
import { portOf } from './ports';

/** As in dgram: one datagram, whole or in parts. */
export type UdpMessage = string | NodeJS.ArrayBufferView | readonly (string | NodeJS.ArrayBufferView)[];

/** As in dgram: an error, or null and the number of bytes sent. */
export type UdpSendCallback = (error: Error | null, bytes: number) => void;

/** `send` of a `UdpBinding`: with a callback as in dgram, without one a promise of the number of bytes. */
export interface UdpSend {
  (message: UdpMessage, port: number, address: string | undefined, callback: UdpSendCallback): void;
  (message: UdpMessage, port: number, callback: UdpSendCallback): void;
  (message: UdpMessage, port: number, address?: string): Promise<number>;
}

interface Datagram {
  readonly message: UdpMessage;
  readonly port: number;
  readonly address: string | undefined;
}

/** Looks up names with `lookup`, or else with `dns.lookup`. */
export function sendThrough(bound: readonly BoundDatagram[], lookup: LookupFunction | undefined): UdpSend {
  const deliver = async ({ message, port, address }: Datagram): Promise<number> => {
    const isName = address !== undefined && isIP(address) === 0;
    const found = isName ? await addressesOf(address, lookup) : [{ address: address ?? loopback(bound) }];
    const { socket, destination } = route(bound, found, port);
    return new Promise((resolve, reject) => {
      socket.send(message, port, destination, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });
  };
  const deliverChecked = async (...given: unknown[]): Promise<number> => deliver(checkDatagram(given));
  const deliverAndCall = callbackify(deliver);
  function send(message: UdpMessage, port: number, address: string | undefined, done: UdpSendCallback): void;
  function send(message: UdpMessage, port: number, done: UdpSendCallback): void;
  function send(message: UdpMessage, port: number, address?: string): Promise<number>;
  function send(message: unknown, port: unknown, third?: unknown, fourth?: unknown): unknown {
    const [address, done] = typeof third === 'function' ? [undefined, third] : [third, fourth];
    if (done === undefined) return deliverChecked(message, port, address);
    if (!isCallback(done)) throw invalidArgType('callback', 'a function', done);
    return deliverAndCall(checkDatagram([message, port, address]), done);
  }
  return send;
}

/** dgram's own default, in a family that has a socket. */
function loopback(bound: readonly BoundDatagram[]): string {
  return socketFor('IPv6', bound) === undefined ? '127.0.0.1' : '::1';
}

interface Route {
  readonly socket: dgram.Socket;
  readonly destination: string;
}

/** Picks the first address whose family has a socket. @throws {SystemError} `not-ipv6`, `no-ipv6`. */
function route(bound: readonly BoundDatagram[], found: readonly { address: string }[], port: number): Route {
  for (const { address } of found) {
    const plain = unmapIPv4(address);
    const way = socketFor(isIPv4(plain) ? 'IPv4' : 'IPv6', bound);
    if (way === undefined) continue;
    const mapped = isIPv4(plain) && way.endpoint.family === 'IPv6';
    return { socket: way.socket, destination: mapped ? `::ffff:${plain}` : plain };
  }
  throw noSocketFor(found[0]?.address ?? '', port, bound);
}

/** Prefers a socket of the family itself to a dual-stack one. */
function socketFor(family: IPFamily, bound: readonly BoundDatagram[]): BoundDatagram | undefined {
  const serving = bound.filter(({ endpoint }) => acceptedFamilies(endpoint).includes(family));
  return serving.find(({ endpoint }) => endpoint.family === family) ?? serving[0];
}

function noSocketFor(address: string, port: number, bound: readonly BoundDatagram[]): SystemError {
  const [family, fail] = isIPv4(unmapIPv4(address))
    ? (['IPv4', notIPv6] as const)
    : (['IPv6', noIPv6] as const);
  const own = bound.map(({ endpoint }) => endpoint.address).join(' and ');
  const detail = `${address} is ${family}, and the sockets of this binding (${own}) do not send to ${family} addresses`;
  return fail('send', detail, address, port);
}

function isCallback(value: unknown): value is UdpSendCallback {
  return typeof value === 'function';
}

/** @throws {TypeError} ERR_INVALID_ARG_TYPE. @throws {RangeError} ERR_SOCKET_BAD_PORT. */
function checkDatagram([message, port, address]: readonly unknown[]): Datagram {
  if (!isMessage(message)) throw invalidArgType('message', MESSAGE, message);
  const number = portOf(port);
  if (number === undefined || number === 0) throw badPort('Port', port, 1);
  if (!address) return { message, port: number, address: undefined };
  if (typeof address !== 'string') throw invalidArgType('address', 'a string', address);
  return { message, port: number, address };
}

const MESSAGE = 'a string, a Buffer, TypedArray or DataView, or an array of these';

function isMessage(value: unknown): value is UdpMessage {
  return isPart(value) || (Array.isArray(value) && value.every(isPart));
}

function isPart(value: unknown): value is string | NodeJS.ArrayBufferView {
  return typeof value === 'string' || ArrayBuffer.isView(value);
}
