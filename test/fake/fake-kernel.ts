/**
 * An addon on sockets that exist only here, with the rules of one system: enough of them to try what this
 * machine cannot run. Its truth are the recordings of real kernels (test/fixtures/kernels) and, for macOS, the
 * reading of xnu that src/kernel/platforms.ts names; test/kernel/addon.test.ts holds it to the same suite as the real addon.
 */
import {
  type Addon,
  type DescriptorInfo,
  FAMILY,
  REUSE,
  type SocketAddress,
  TYPE,
} from '../../src/kernel/addon';
import { isIPv4Mapped, isIPv6Wildcard, unmapIPv4 } from '../../src/kernel/address';
import { errno } from '../harness/kernels';
import { tableOf } from './socket-table';

export interface Rules {
  readonly system: 'linux' | 'freebsd' | 'darwin' | 'netbsd' | 'openbsd' | 'win32';
  readonly sysctl: { readonly name: string; value: number };
  readonly getOnIPv4: string;
  readonly setOnIPv4: string;
  /** Binding one IPv6 address turns the option on (Linux). */
  readonly specificTurnsOn: boolean;
  /** Setting 0 is refused (OpenBSD). */
  readonly alwaysV6Only?: boolean;
  /** SO_REUSEADDR binds what another socket holds (Windows). */
  readonly reuseTakes?: boolean;
  /** 0.0.0.0 first, then a dual-stack [::], of one user (FreeBSD, macOS). */
  readonly dualBindsBesideIPv4Wildcard: boolean;
  readonly mappedBindWhenIPv6Only: string;
}

const BSD = {
  sysctl: { name: 'net.inet6.ip6.v6only', value: 1 },
  getOnIPv4: 'EINVAL',
  setOnIPv4: 'EINVAL',
  specificTurnsOn: false,
  dualBindsBesideIPv4Wildcard: true,
  mappedBindWhenIPv6Only: 'EADDRNOTAVAIL',
} as const;

/** Of the last three nothing is recorded: as src/kernel/platforms.ts says it was read. */
export const RULES: Readonly<Record<Rules['system'], Rules>> = {
  linux: {
    system: 'linux',
    sysctl: { name: 'net.ipv6.bindv6only', value: 0 },
    getOnIPv4: 'EOPNOTSUPP',
    setOnIPv4: 'ENOPROTOOPT',
    specificTurnsOn: true,
    dualBindsBesideIPv4Wildcard: false,
    mappedBindWhenIPv6Only: 'EINVAL',
  },
  freebsd: { system: 'freebsd', ...BSD },
  darwin: { system: 'darwin', ...BSD, sysctl: { name: 'net.inet6.ip6.v6only', value: 0 } },
  netbsd: { system: 'netbsd', ...BSD },
  openbsd: { system: 'openbsd', ...BSD, sysctl: { name: '', value: 1 }, alwaysV6Only: true },
  win32: {
    system: 'win32',
    ...BSD,
    sysctl: { name: '', value: 1 },
    getOnIPv4: 'ENOPROTOOPT',
    setOnIPv4: 'ENOPROTOOPT',
    reuseTakes: true,
  },
};

interface FakeSocket {
  readonly family: number;
  readonly type: number;
  v6Only: boolean;
  local: SocketAddress;
  reuseAddress: boolean;
  reusePort: boolean;
}

/** What JavaScript has of a descriptor in an event loop. */
export interface FakeHandle {
  readonly fd: number;
  referenced: boolean;
  ref(): void;
  unref(): void;
}

export interface FakeOptions {
  /** What socket(AF_INET6) ends in, where it is refused. */
  readonly noIPv6?: string;
  /** What socket(AF_INET) ends in, where it is refused. */
  readonly noIPv4?: string;
  readonly sysctl?: number;
  /** setsockopt answers 0 and does nothing. */
  readonly lies?: boolean;
}

const FIRST_DESCRIPTOR = 1000;
const FIRST_EPHEMERAL_PORT = 49152;

export class FakeKernel implements Addon {
  readonly #rules: Rules;
  readonly #options: FakeOptions;
  readonly #sockets = new Map<number, FakeSocket>();
  readonly #handles: FakeHandle[] = [];
  #nextDescriptor = FIRST_DESCRIPTOR;
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(rules: Rules, options: FakeOptions = {}) {
    this.#rules = rules;
    this.#options = options;
  }

  /** How many descriptors are open: none may be left by any call. */
  get openDescriptors(): number {
    return this.#sockets.size;
  }

  get #sysctl(): number {
    return this.#options.sysctl ?? this.#rules.sysctl.value;
  }

  getV6Only = (fd: number): number => {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return errno('EBADF');
    return socket.family === FAMILY.IPv6 ? Number(socket.v6Only) : errno(this.#rules.getOnIPv4);
  };

  setV6Only = (fd: number, v6Only: boolean): number => {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return errno('EBADF');
    if (socket.family !== FAMILY.IPv6) return errno(this.#rules.setOnIPv4);
    if (socket.local.port !== 0 || (this.#rules.alwaysV6Only && !v6Only)) return errno('EINVAL');
    if (!this.#options.lies) socket.v6Only = v6Only;
    return 0;
  };

  describe = (fd: number): DescriptorInfo | number => {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return errno('EBADF');
    return { family: socket.family, type: socket.type, listening: 0, local: { ...socket.local }, peer: null };
  };

  open = (family: number, type: number): number => {
    const refused = family === FAMILY.IPv6 ? this.#options.noIPv6 : this.#options.noIPv4;
    if (refused !== undefined) return errno(refused);
    const fd = this.#nextDescriptor++;
    const address = family === FAMILY.IPv6 ? '::' : '0.0.0.0';
    const v6Only = family === FAMILY.IPv6 && (this.#sysctl & 1) === 1;
    const reuse = { reuseAddress: false, reusePort: false };
    this.#sockets.set(fd, { family, type, v6Only, local: { address, port: 0 }, ...reuse });
    return fd;
  };

  bind = (fd: number, address: string, port: number): number => {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return errno('EBADF');
    if (socket.local.port !== 0) return errno('EINVAL');
    if (socket.v6Only && isIPv4Mapped(address)) return errno(this.#rules.mappedBindWhenIPv6Only);
    const wanted = { ...socket, local: { address, port: port === 0 ? this.#nextPort++ : port } };
    for (const other of this.#sockets.values()) if (this.#conflict(other, wanted)) return errno('EADDRINUSE');
    socket.local = wanted.local;
    const specific = address.includes(':') && !isIPv6Wildcard(address) && !isIPv4Mapped(address);
    if (specific && this.#rules.specificTurnsOn) socket.v6Only = true;
    return 0;
  };

  setReuse = (fd: number, reuse: number): number => {
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return errno('EBADF');
    socket.reuseAddress = reuse === REUSE.address;
    socket.reusePort = reuse === REUSE.port;
    return 0;
  };

  close = (fd: number): number => (this.#sockets.delete(fd) ? 0 : errno('EBADF'));

  hasAddress = (): number => 1;

  readSysctl = (name: string): { value: number } | number =>
    name === this.#rules.sysctl.name ? { value: this.#sysctl } : errno('ENOENT');

  /** TCP sockets of this kernel never listen. */
  listListeners = (type: number, port: number): ArrayBuffer | number => {
    if (this.#rules.system !== 'linux') return errno('ENOTSUP');
    const sockets = [...this.#sockets.values()].filter((socket) => socket.type === TYPE.datagram);
    return tableOf(type === TYPE.datagram ? sockets.filter(({ local }) => local.port === port) : []);
  };

  findDescriptor = (target: object, ref: () => unknown, unref: () => unknown): number => {
    if (target === null || typeof target !== 'object') return errno('EINVAL');
    if (typeof ref !== 'function' || typeof unref !== 'function') return errno('EINVAL');
    const before = this.#handles.map((handle) => handle.referenced);
    for (const handle of this.#handles) handle.referenced = false;
    try {
      ref.call(target);
      const [found, ...more] = this.#handles.filter((handle) => handle.referenced);
      if (found === undefined) return errno('ENOENT');
      if (more.length > 0) return errno('EEXIST');
      if (before[this.#handles.indexOf(found)] === false) unref.call(target);
      return this.#sockets.has(found.fd) ? found.fd : errno('EBADF');
    } catch {
      return errno('ECANCELED');
    } finally {
      for (const [i, referenced] of before.entries()) {
        const handle = this.#handles[i];
        if (handle !== undefined) handle.referenced = referenced;
      }
    }
  };

  /** Puts a descriptor into the event loop. */
  handle(fd: number): FakeHandle {
    const handle: FakeHandle = {
      fd,
      referenced: true,
      ref() {
        handle.referenced = true;
      },
      unref() {
        handle.referenced = false;
      },
    };
    this.#handles.push(handle);
    return handle;
  }

  /** The bind conflicts of one port without reuse options; with SO_REUSEADDR only equal addresses meet. */
  #conflict(first: FakeSocket, second: FakeSocket): boolean {
    if (first.local.port !== second.local.port || first.type !== second.type) return false;
    if (first.reusePort && second.reusePort) return false;
    if (second.reuseAddress && this.#rules.reuseTakes) return false;
    const [a, b] = [reach(first), reach(second)];
    if (!a.some((family) => b.includes(family))) return false;
    const dualAfterIPv4 = first.local.address === '0.0.0.0' && b.length === 2;
    if (dualAfterIPv4 && this.#rules.dualBindsBesideIPv4Wildcard) return false;
    if (second.reuseAddress && this.#rules.system !== 'linux')
      return isWildcard(first) === isWildcard(second);
    const isSame = unmapIPv4(first.local.address) === unmapIPv4(second.local.address);
    return isWildcard(first) || isWildcard(second) || isSame;
  }
}

function isWildcard({ local }: FakeSocket): boolean {
  return local.address === '0.0.0.0' || isIPv6Wildcard(local.address);
}

function reach({ family, local, v6Only }: FakeSocket): number[] {
  if (family === FAMILY.IPv4 || isIPv4Mapped(local.address)) return [FAMILY.IPv4];
  return v6Only || !isIPv6Wildcard(local.address) ? [FAMILY.IPv6] : [FAMILY.IPv6, FAMILY.IPv4];
}
