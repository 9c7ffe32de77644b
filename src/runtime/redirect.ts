/**
 * Hands Node other options for one `listen` and leaves the user's object as it was, so that subclasses and wrappers go on
 * seeing the user's own. Node reads `options._handle || options.handle || options` (lib/net.js, Server.prototype.listen):
 * for this one call `handle` is an accessor that gives the other options, and it goes away when Node reads their
 * `ipv6Only`, which is the next thing that Node does.
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
export function redirect(options: object, change: Change): boolean {
  // Of a net.Socket and its like Node takes this one first.
  const name = Reflect.get(options, '_handle') ? '_handle' : 'handle';
  const before = Object.getOwnPropertyDescriptor(options, name);
  const restore = (): void => {
    if (before === undefined) Reflect.deleteProperty(options, name);
    else Reflect.defineProperty(options, name, before);
  };
  const changed = changedOptions(options, change, restore);
  const accessor = { configurable: true, enumerable: false, get: () => changed };
  return Reflect.defineProperty(options, name, accessor);
}

function changedOptions(options: object, change: Change, restore: () => void): object {
  const { ipv6Only, host, port, fd, lookup, alone } = change;
  const changed = Object.create(alone ? Object.prototype : options);
  // Node looks at `handle` of what it was given only, but the user's may be inherited here.
  Object.defineProperty(changed, 'handle', { value: undefined, configurable: true });
  Object.defineProperty(changed, 'ipv6Only', {
    get() {
      restore();
      return ipv6Only();
    },
  });
  if (port !== undefined) Object.defineProperty(changed, 'port', { value: port, writable: true });
  if (fd !== undefined) defineDescriptor(changed, fd);
  if (lookup !== undefined) defineHost(changed, host, lookup);
  return changed;
}

/** Node reads it up to three times, and asking may have an effect. */
function defineDescriptor(changed: object, fd: () => number | undefined): void {
  let read: { fd: number | undefined } | undefined;
  const get = (): number | undefined => {
    read ??= { fd: fd() };
    return read.fd;
  };
  Object.defineProperty(changed, 'fd', { get });
}

/** Right after Node has read the host it looks it up. */
function defineHost(changed: object, host: string | undefined, lookup: Lookup): void {
  let armed = false;
  const inherited = (): unknown => Reflect.get(Object.getPrototypeOf(changed), 'host');
  Object.defineProperty(changed, 'host', {
    get() {
      const value = host ?? inherited();
      if (value && !armed) {
        armed = true;
        answerNextLookup(lookup);
      }
      return value;
    },
  });
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
