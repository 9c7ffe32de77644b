import { Server } from 'node:net';
import { invalidArgType } from '../kernel/node-errors';
import { listSockets } from '../machine/list-sockets';
import { requireNetServer } from '../runtime/support';
import type { Attempt } from '../socket/attempt';
import { recall } from '../socket/record';
import { frameworkAdvice } from '../socket/target';
import { type ListeningSocket, readSocket, requireAsAsked } from '../socket/verify';

/**
 * Returns the sockets that a server is listening on, read from the kernel, whether or not this package opened them.
 *
 * @param server a net, http, https, http2 or tls server.
 * @returns one entry per socket, the server's own first; empty if it isn't listening, or listens on a path.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for anything that isn't a server.
 * @throws {SystemError} ENOTSUP `unsupported-platform`, `unsupported-runtime`. @throws {Error} ERR_ADDON_UNAVAILABLE.
 * @category Look at a socket
 * @example
 * ```js
 * const net = require('node:net');
 * const { listeningSockets } = require('v6only');
 *
 * const server = net.createServer().listen(0, () => {
 *   for (const { family, address, v6Only } of listeningSockets(server)) console.log(family, address, v6Only);
 *   server.close();
 * });
 * ```
 *
 * ```
 * IPv6 :: false
 * ```
 */
export function listeningSockets(server: Server): ListeningSocket[] {
  requireServer(server);
  const others = recall(server)?.attempt?.companions?.servers ?? [];
  return [server, ...others].flatMap((one) => readSocket(one) ?? []);
}

/**
 * Asks the system, like `listSockets`, for what this process can't see: a cluster primary's socket on systems other
 * than Linux.
 */
export async function completeByAsking(sockets: ListeningSocket[]): Promise<ListeningSocket[]> {
  const [unknown] = sockets.filter(isUnknown);
  if (unknown === undefined) return sockets;
  try {
    const rows = await listSockets({ listening: true, port: unknown.port }, { processes: false });
    return sockets.map((socket) => {
      const row = rows.find(({ family, local }) => family === 'IPv6' && local.address === socket.address);
      return isUnknown(socket) && row !== undefined ? { ...socket, v6Only: row.v6Only } : socket;
    });
  } catch {
    // The system can't be asked, so nothing is known.
    return sockets;
  }
}

/** Whether an IPv6 socket's option isn't known in this process. */
export function isUnknown({ family, v6Only }: ListeningSocket): boolean {
  return family === 'IPv6' && v6Only === null;
}

/** @throws {SystemError} `mismatch` if the system reports an option other than the requested one. */
export function requireAsked(sockets: ListeningSocket[], { endpoints }: Attempt): ListeningSocket[] {
  sockets.forEach(({ address, port, v6Only }, index) => {
    const asked = endpoints[index]?.v6Only ?? null;
    if (asked !== null && v6Only !== null) requireAsAsked(asked, { address, port, v6Only });
  });
  return sockets;
}

/** @throws {TypeError} ERR_INVALID_ARG_TYPE for anything that isn't a server. */
export function requireServer(value: unknown): asserts value is Server {
  if (value instanceof Server) return;
  requireNetServer(value, 'listen');
  const advice = frameworkAdvice(value);
  const expected = 'a net.Server (http, https, http2, tls)';
  throw invalidArgType('server', advice === undefined ? expected : `${expected}; ${advice}`, value);
}
