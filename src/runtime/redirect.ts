/**
 * Gives Node other options for one `listen` and leaves the user's object unchanged, so that subclasses and wrappers
 * still see the user's own. Node reads `options._handle || options.handle || options` (lib/net.js,
 * Server.prototype.listen): for this one call `handle` is a proxy that returns the other options, and the property is
 * removed when Node reads `ipv6Only` through it, which is the next thing Node does.
 */
import type { Server } from 'node:net';
import { answerNextLookup, type Lookup } from './lookup';
import { hide, method } from './property';

/** The replacement for one listen's options. The functions run when Node reads them. */
export interface Change {
  /** `listen` throws whatever this throws. */
  readonly ipv6Only: () => boolean;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A descriptor to listen on; undefined to use host and port. */
  readonly fd?: (() => number | undefined) | undefined;
  /** Answers Node's lookup of the host. */
  readonly lookup?: Lookup | undefined;
  /** The user's options are a handle, from which nothing else may be read. */
  readonly alone?: boolean;
}

/** @returns false for options that can't be changed even briefly: frozen, sealed, or a proxy that refuses. */
export function redirect(options: ListenTarget, change: Change): boolean {
  // Node reads this one first, if it is set, as on a net.Socket.
  const name = options._handle ? '_handle' : 'handle';
  const before = Object.getOwnPropertyDescriptor(options, name);
  const told: Told = { options, change, name, before, port: change.port, fd: undefined, armed: false };
  const property = { value: new Proxy(told, READS), writable: true, configurable: true, enumerable: false };
  return Reflect.defineProperty(options, name, property);
}

/** Properties that the options of `listen` may have; Node uses the first. */
interface ListenTarget {
  readonly _handle?: unknown;
  readonly handle?: unknown;
}

/** One listen, from the call until Node has read what it needs. */
interface Told {
  readonly options: ListenTarget;
  readonly change: Change;
  readonly name: keyof ListenTarget;
  readonly before: PropertyDescriptor | undefined;
  /** Node assigns to it. */
  port: unknown;
  /** Cached: Node reads it up to three times, and reading may have side effects. */
  fd: { readonly value: number | undefined } | undefined;
  armed: boolean;
}

/** Answers Node's reads from the change, else from the user's options. One handler for all listens is faster. */
const READS: ProxyHandler<Told> = {
  get(told, name) {
    if (name === 'ipv6Only') return readIPv6Only(told);
    if (name === 'host') return readHost(told);
    if (name === 'port' && told.port !== undefined) return told.port;
    if (name === 'fd' && told.change.fd !== undefined) {
      told.fd ??= { value: told.change.fd() };
      return told.fd.value;
    }
    return readUsers(told, name);
  },
  has: ({ port, options, change }, name) =>
    (name === 'port' && port !== undefined) || (!change.alone && name in options),
  set(told, name, value) {
    if (name === 'port') told.port = value;
    return true;
  },
};

function readUsers({ options, change }: Told, name: string | symbol): unknown {
  return change.alone ? undefined : Reflect.get(options, name);
}

function readIPv6Only({ options, change, name, before }: Told): boolean {
  if (before === undefined) Reflect.deleteProperty(options, name);
  else Reflect.defineProperty(options, name, before);
  return change.ipv6Only();
}

/** Node looks up the host right after reading it. */
function readHost(told: Told): unknown {
  const { host = readUsers(told, 'host'), lookup } = told.change;
  if (host && lookup !== undefined && !told.armed) {
    told.armed = true;
    answerNextLookup(lookup);
  }
  return host;
}

/**
 * Lets `check` see the options during the user's own call; `listen` throws whatever it throws.
 */
export function interceptListen(server: Server, check: (options: object) => void): void {
  const own = Object.hasOwn(server, 'listen') ? method<Listen>(server, 'listen') : undefined;
  hide(server, 'listen', function listen(this: unknown, ...args: unknown[]): unknown {
    const [options] = args;
    if (typeof options === 'object' && options !== null) {
      check(options);
    }
    return Reflect.apply(own ?? method<Listen>(Object.getPrototypeOf(server), 'listen'), this, args);
  });
}

type Listen = (...args: unknown[]) => unknown;
