import type { Server } from 'node:net';
import { addon } from '../kernel/addon';
import { stackTooLate } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { requirePossible } from '../kernel/platforms';
import { requireSupport } from '../runtime/support';
import { choosable, requireListens } from '../socket/binder';
import { recall } from '../socket/record';
import { requireServer } from './listening-sockets';
import { isStack, STACKS, type Stack } from './stack';
import { StackBinder } from './stack-binder';

/**
 * Chooses what a server listens on, for a server whose `listen()` other code calls: a framework, a development
 * server, an application's startup code. Every later `listen()` of it opens what the stack says:
 *
 * - `'split'`: an IPv6-only and an IPv4 socket on one port, so that IPv4 clients are plain IPv4.
 * - `'ipv6'`: IPv6 only. `'dual'`: one dual-stack socket. `'system'`: the option as the sysctl says.
 *
 * No host, `''` and `'::'` are the wildcards; an address is that address, and with `'ipv6'` an IPv4 one causes an
 * `'error'` event `not-ipv6`; a name is every address that it has, and `'localhost'` both loopback addresses. A path, a
 * handle, `{ fd }` and a `BoundSocket` work as in Node. So does everything else: what is synchronous, `'error'`
 * events, one server. All or nothing. The last call to `setV6Only` or `setStack` counts.
 *
 * @param server a net, http, https, http2 or tls server.
 * @param stack `null` clears the choice: an earlier `setV6Only`, or Node's own behavior, applies again.
 * @returns the server, so that `setStack(http.createServer(app), 'split').listen(8080)` reads in one line.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for anything that isn't a server, ERR_INVALID_ARG_VALUE for an unknown
 * stack.
 * @throws {SystemError} EINVAL `already-bound` for a server that is listening on something else; ENOTSUP
 * `unsupported-platform`, `unsupported-runtime`.
 * @throws {Error} ERR_ADDON_UNAVAILABLE, here rather than at the first `listen`.
 * @category Choose what a server listens on
 * @example
 * ```js
 * const fastify = require('fastify');
 * const { listeningSockets, setStack } = require('v6only');
 *
 * const app = fastify();
 * setStack(app.server, 'split');
 * app.listen({ port: 0, host: '::' }).then(() => {
 *   console.log(listeningSockets(app.server).map(({ address }) => address));
 *   return app.close();
 * });
 * ```
 *
 * ```
 * [ '::', '0.0.0.0' ]
 * ```
 */
export function setStack<T extends Server>(server: T, stack: Stack | null): T {
  requireServer(server);
  if (stack === null) {
    const record = recall(server);
    if (record !== undefined) record.stack = undefined;
    return server;
  }
  if (!isStack(stack)) throw invalidArgValue('stack', stack, `must be one of ${STACKS.join(', ')}, or null`);
  requirePossible(stack !== 'dual', 'listen');
  addon();
  requireSupport('chooseServer', 'listen');
  requireSupport('severalSockets', 'listen');
  requireListens();
  const binder = BINDERS[stack];
  if (server.listening && recall(server)?.attempt?.binder.stack !== stack)
    throw stackTooLate(binder.chosenBy, server.address());
  choosable(server).stack = binder;
  return server;
}

const binder = (stack: Stack): StackBinder => new StackBinder(stack, `setStack(server, '${stack}')`);

/** Shared by all servers: a binder keeps no state of a listen. */
const BINDERS: Readonly<Record<Stack, StackBinder>> = {
  split: binder('split'),
  ipv6: binder('ipv6'),
  dual: binder('dual'),
  system: binder('system'),
};
