import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AddonUnavailableError } from './addon-unavailable';
import { isError } from './errors';
import { currentPlatform } from './platforms';

/** The addon's own numbers, the same on every system (native/socket.h). */
export const FAMILY = { other: 0, IPv4: 4, IPv6: 6 } as const;
export const TYPE = { other: 0, stream: 1, datagram: 2, raw: 3 } as const;
export const REUSE = { none: 0, address: 1, port: 2 } as const;

/** A family of addresses, and of sockets: AF_INET6 or AF_INET. */
export type IPFamily = 'IPv6' | 'IPv4';

/** One end of a socket. */
export interface SocketAddress {
  /** As in the kernel: an IPv4 peer of a dual-stack socket is `::ffff:a.b.c.d`. */
  address: string;
  /** 0 if there is none. */
  port: number;
}

export interface DescriptorInfo {
  family: number;
  type: number;
  listening: number;
  local: SocketAddress | null;
  peer: SocketAddress | null;
}

/** The native functions. Each returns a value or a negative errno; none throws. */
export interface Addon {
  getV6Only(fd: number): number;
  setV6Only(fd: number, v6Only: boolean): number;
  describe(fd: number): DescriptorInfo | number;
  open(family: number, type: number): number;
  bind(fd: number, address: string, port: number): number;
  /** Turns one of SO_REUSEADDR and SO_REUSEPORT on, and the other off. */
  setReuse(fd: number, reuse: number): number;
  close(fd: number): number;
  /** 1 if some interface that is up, including loopback, has an address of the family, else 0. */
  hasAddress(family: number): number;
  readSysctl(name: string): { value: number } | number;
  /**
   * The descriptor behind an object that has a handle of this thread's event loop (a net.Server, net.Socket,
   * dgram.Socket, or Node's own handle of one), found by calling its `ref` and checking which libuv handle changed.
   * `ref` and `unref` are called on the target, so that a method of the prototype works even if an override affects
   * more than one socket. Afterwards every handle is referenced or not as before. For a target without a socket the
   * previous state is unknown, and it stays referenced: pass only targets that are listening, connected or bound.
   *
   * Never another socket's. ENOENT: no TCP, UDP or pipe handle changed (a cluster worker's under round-robin);
   * EEXIST: more than one did; ECANCELED: `ref` or `unref` threw; EBADF: a handle that has no descriptor or is closing;
   * ENOSYS: the runtime doesn't have libuv's list (Bun, Deno).
   */
  findDescriptor(target: object, ref: () => unknown, unref: () => unknown): number;
  /** The lists of native/addon_sockets.cc, as bytes for src/machine/socket-rows.ts and src/machine/processes.ts; Linux and Windows. */
  /** At once: the TCP sockets that listen on a port, or the UDP sockets that have it, connected ones too. */
  listListeners?(type: number, port: number): ArrayBuffer | number;
  listSockets?(states: number, port: number, family: number): Promise<ArrayBuffer | number> | number;
  listProcesses?(pid: number): Promise<ArrayBuffer | number> | number;
  /** Addresses and options of this thread's own AF_INET6 sockets, as bytes; Windows only, whose list lacks the option. */
  listOwnSockets?(): ArrayBuffer | number;
  /** Windows only, where Node can't adopt a SOCKET: listens on a socket from `open`. */
  listenHere?(fd: number): number;
  /** The port of the next peer that has connected to a socket from `open` (it is disconnected) or has sent it a datagram; 0: none. */
  takePeer?(fd: number): number;
}

/** From here to the package's own folder: built files are in dist/, the sources one folder deeper. */
const UP = basename(here()) === 'kernel' ? '../..' : '..';

/** A bundle that is an ES module has no `__dirname`, and importing must not throw. */
function here(): string {
  return typeof __dirname === 'string' ? __dirname : '';
}

/** The package's own folder. */
export function packageFolder(): string {
  return join(__dirname, UP);
}

/** This package's package.json. */
export function manifest(): { name: unknown; version: unknown } {
  const { name, version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return { name, version };
}

let loaded: Addon | undefined;

/**
 * The native addon, loaded at the first call that needs it.
 * @throws {SystemError} ENOTSUP `unsupported-platform`.
 * @throws {AddonUnavailableError} ERR_ADDON_UNAVAILABLE `addon-missing` or `addon-refused`.
 */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  currentPlatform();
  try {
    requireOwnFolder();
    const file = addonFile();
    const found: unknown = require(file);
    if (isAddon(found)) return found;
    throw new TypeError(`${file} is not the addon of v6only`);
  } catch (error) {
    throw unavailable(error);
  }
}

/** A bundled copy is in another program's folder, whose addons are not ours. */
function requireOwnFolder(): void {
  const { name } = manifest();
  if (name !== 'v6only') throw new Error(`${packageFolder()} belongs to ${String(name)}, not to v6only`);
}

const FUNCTIONS = ['getV6Only', 'setV6Only', 'describe', 'open', 'bind', 'close', 'findDescriptor'];

function isAddon(value: unknown): value is Addon {
  return FUNCTIONS.every((name) => typeof Reflect.get(Object(value), name) === 'function');
}

/**
 * The one built in a clone, else the one in the package, whatever the environment says. File tracers (@vercel/nft)
 * read these paths, and include the file of every platform.
 */
function addonFile(): string {
  const built = join(__dirname, UP, 'build/Release/v6only.node');
  if (existsSync(built)) return built;
  // The file is for ARMv7, but a Node for ARMv6 has the same process.arch.
  const version = process.arch === 'arm' ? Number(Reflect.get(process.config.variables, 'arm_version')) : 7;
  if (version < 7) throw new Error(`the addon for ARM needs ARMv7, and this Node is for ARMv${version}`);
  return join(__dirname, UP, 'prebuilds', `${process.platform}-${process.arch}`, 'v6only.node');
}

function unavailable(cause: unknown): AddonUnavailableError {
  const code = isError(cause) && 'code' in cause ? cause.code : undefined;
  const refused = code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED';
  if (refused) return new AddonUnavailableError('addon-refused', REFUSED, cause);
  const what = isError(cause) ? cause.message.split('\n')[0] : String(cause);
  return new AddonUnavailableError('addon-missing', `${MISSING} (${what})`, cause);
}

const REFUSED =
  'v6only needs its native addon, and this process refuses addons (--permission without --allow-addons, or ' +
  '--no-addons). Start node with --allow-addons, or without --no-addons.';

const MISSING =
  `v6only has no native addon that loads on ${process.platform} ${process.arch}. If a bundler packed ` +
  'v6only, mark it as external; if its files were copied, copy the whole folder; on a platform without a ' +
  'prebuilt file, build it from a clone of the repository with `npm ci`.';
