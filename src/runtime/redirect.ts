/**
 * Hands Node other options for one `listen` and leaves the user's object as it was, so that subclasses and wrappers go on
 * seeing the user's own. Node reads `options._handle || options.handle || options` (lib/net.js, Server.prototype.listen):
 * for this one call `handle` is a proxy that answers with the other options, and the property goes away when Node reads
 * `ipv6Only` through it, which is the next thing that Node does.
 */
import type { Server } from 'node:net';
import { answerNextLookup, type Lookup } from './lookup';
import { hide, method } from './property';

/** What one listen becomes instead. The functions run when Node asks. */
export interface Change {
  /** What it throws, `listen` throws. */
  readonly ipv6Only: () => boolean;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A descriptor to listen on; undefined to go on to host and port. */
  readonly fd?: (() => number | undefined) | undefined;
  /** Answers Node's look-up of the host. */
  readonly lookup?: Lookup | undefined;
  /** The user's options are a handle, which is not to be asked for anything else. */
  readonly alone?: boolean;
}

/** @returns false for options that cannot be changed even for a moment: frozen, sealed, or a proxy that refuses. */
export function redirect(options: ListenTarget, change: Change): boolean {
  // Of a net.Socket and its like Node takes this one first.
  const name = options._handle ? '_handle' : 'handle';
  const before = Object.getOwnPropertyDescriptor(options, name);
  const told: Told = { options, change, name, before, port: change.port, fd: undefined, armed: false };
  const property = { value: new Proxy(told, READS), writable: true, configurable: true, enumerable: false };
  return Reflect.defineProperty(options, name, property);
}

/** What the options of `listen` may have, of which Node takes the first. */
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
  /** Node writes it. */
  port: unknown;
  /** Node reads it up to three times, and asking may have an effect. */
  fd: { readonly value: number | undefined } | undefined;
  armed: boolean;
}

/** Answers Node's reads: from the change, else from the user's options. One handler for every listen, which is faster. */
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

/** Right after Node has read the host it looks it up. */
function readHost(told: Told): unknown {
  const { host = readUsers(told, 'host'), lookup } = told.change;
  if (host && lookup !== undefined && !told.armed) {
    told.armed = true;
    answerNextLookup(lookup);
  }
  return host;
}

/**
 * Lets `check` see the options in the user's own call; what it throws, `listen` throws.
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
