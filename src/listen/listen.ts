/** One server on several sockets. */
import type { Server } from 'node:net';
import { addon } from '../kernel/addon';
import { callerOf, withCaller } from '../kernel/explain';
import { abortError, accessDenied, alreadyListening, invalidArgType } from '../kernel/node-errors';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { remember, requireListens } from '../socket/binder';
import type { ListeningSocket } from '../socket/verify';
import type { Missing } from './endpoints';
import { joinMethods } from './joined-methods';
import { requireServer } from './listening-sockets';
import { checkListenOptions, type ListenOptions } from './options';
import { PromisedListen } from './promised-listen';
import { choiceFor } from './stack';

/** The result of `listen`: the server's sockets, and a function to close them. */
export interface Listening {
  /** The port of all sockets. */
  port: number;
  /** IPv6 first. */
  sockets: ListeningSocket[];
  /** What was left out because this machine doesn't have it: families, and optional addresses. */
  missing: Missing[];
  /** Closes every socket at once; resolves when the last connection has ended. Calling it twice is fine. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens with one server on both families, or as `stack` says; by default as `setStack` or `setV6Only` chose
 * for this server, else `'split'`:
 *
 * - `'split'`: an IPv6-only and an IPv4 socket on one port. IPv4 clients are plain IPv4 in
 *   `remoteAddress`, and the result is the same on every kernel, whatever else is listening.
 * - `'ipv6'`: IPv6 only. `'dual'`: one dual-stack socket. `'system'`: the option as the sysctl says, as for a C program
 *   that sets nothing.
 *
 * It is still one server: events, `address()`, `close()`, `getConnections()`, `maxConnections`, `ref()` and the options
 * of `createServer` apply to all its sockets. All or nothing: on failure nothing is left open, no `'error'` is
 * emitted and the server can listen again. FreeBSD's ip6(4) and RFC 4038, section 4.2, recommend the split.
 *
 * @param server a net, http, https, http2 or tls server that is not listening.
 * @param options `port`, `host`, `backlog`, `exclusive`, `reusePort`, `signal` as in Node, `stack` and `required`.
 * @returns the sockets, once all of them accept.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; ERR_INVALID_ARG_VALUE also for a stack that
 * contradicts an earlier `setV6Only`. @throws {RangeError} ERR_SOCKET_BAD_PORT.
 * @throws {Error} ERR_ACCESS_DENIED of Node's permission model; ERR_SERVER_ALREADY_LISTEN; AbortError; errors of
 * `dns.lookup`; ERR_ADDON_UNAVAILABLE.
 * @throws {SystemError} `no-ipv6`, `not-ipv6`, `bind-failed`, `resources`, `mismatch`, `unsupported-platform`,
 * `unsupported-runtime`.
 * @category Choose what a server listens on
 * @example
 * ```js
 * const http = require('node:http');
 * const { listen } = require('v6only');
 *
 * listen(http.createServer(), { port: 0 }).then(async ({ sockets, close }) => {
 *   for (const { family, address, v6Only } of sockets) console.log(family, address, v6Only);
 *   await close();
 * });
 * ```
 *
 * ```
 * IPv6 :: true
 * IPv4 0.0.0.0 null
 * ```
 */
export async function listen(server: Server, options: ListenOptions, callback?: never): Promise<Listening> {
  requireServer(server);
  if (callback !== undefined)
    throw invalidArgType('callback', 'undefined, since listen returns a promise', callback);
  const checked = checkListenOptions(options);
  addon();
  if (networkDenied()) throw accessDenied('::');
  if (checked.signal?.aborted) throw abortError(checked.signal.reason);
  requireSupport('chooseServer', 'listen');
  requireSupport('severalSockets', 'listen');
  requireListens();
  const record = remember(server);
  if (server.listening || record.waiting !== undefined) throw alreadyListening();
  choiceFor(server, checked.stack);
  joinMethods(server);
  const caller = callerOf(listen);
  try {
    return await new PromisedListen(server, checked).run();
  } catch (error) {
    throw withCaller(error, caller);
  }
}
