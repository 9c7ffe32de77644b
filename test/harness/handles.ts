/** Descriptors and handles that exist before the package sees them. */
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { FAMILY, REUSE, TYPE } from '../../src/kernel/addon';
import { cleanUp, closing } from './leaks';

interface NativeAddon {
  open(family: number, type: number): number;
  bind(fd: number, address: string, port: number): number;
  setV6Only(fd: number, v6Only: boolean): number;
  setReuse(fd: number, reuse: number): number;
  close(fd: number): number;
}

const native: NativeAddon = createRequire(__filename)(join(__dirname, '../../build/Release/v6only.node'));

export interface RawSocket {
  family?: 'IPv6' | 'IPv4';
  type?: 'tcp' | 'udp';
  v6Only?: boolean;
  /** Bound to this address and a free port. */
  address?: string;
  /** With SO_REUSEADDR, as libuv opens every TCP socket. */
  reuse?: boolean;
}

/** A descriptor that the test closes itself, or passes on. */
export function openDescriptor({
  family = 'IPv6',
  type = 'tcp',
  v6Only,
  address,
  reuse,
}: RawSocket = {}): number {
  const fd = native.open(FAMILY[family], type === 'tcp' ? TYPE.stream : TYPE.datagram);
  if (fd < 0) throw new Error(`open: ${fd}`);
  if (v6Only !== undefined) check(native.setV6Only(fd, v6Only));
  if (reuse === true) check(native.setReuse(fd, REUSE.address));
  if (address !== undefined) check(native.bind(fd, address, 0));
  return fd;
}

function check(result: number): void {
  if (result !== 0) throw new Error(`native call: ${result}`);
}

export function closeDescriptor(fd: number): void {
  check(native.close(fd));
}

/** A descriptor closed at the end of the test, which nothing else may close. */
export function ownDescriptor(socket: RawSocket = {}): number {
  const fd = openDescriptor(socket);
  cleanUp(() => closeDescriptor(fd));
  return fd;
}

/** A net.Socket around a descriptor, as people pass one to `listen`. */
export function socketAround(fd: number): net.Socket {
  const socket = new net.Socket({ fd, readable: false, writable: false });
  cleanUp(() => socket.destroy());
  return socket;
}

export interface BoundSocket {
  fd(): number;
  address(): net.AddressInfo;
  close(): void;
}

type BoundSocketClass = new (options: { host?: string; port?: number; ipv6Only?: boolean }) => BoundSocket;

/** `net.BoundSocket`, if this Node has it: 24.19, 26.4 and later. */
export const boundSocketClass = Reflect.get(net, 'BoundSocket') as BoundSocketClass | undefined;

export function boundSocket(options: { host?: string; port?: number; ipv6Only?: boolean }): BoundSocket {
  if (boundSocketClass === undefined) throw new Error('no net.BoundSocket here');
  return closing(new boundSocketClass(options));
}
