/** One server on several sockets. */
import net from 'node:net';
import { addon, type IPFamily } from './addon';
import { defaultV6Only } from './defaults';
import { readDescriptor } from './descriptor';
import { type Missing, type Plan, planEndpoints } from './endpoints';
import { abortError, alreadyListening, invalidArgType, invalidArgValue } from './errors';
import {
  type CheckedListenOptions,
  checkListenOptions,
  type ListenOptions,
  type Stack,
} from './listen-options';
import { TakenListen } from './listen-plan';
import type { ListenHandle } from './node-internals';
import type { OpenSocket, OpenSockets } from './open-sockets';
import { type Remembered, recall } from './remembered';
import { interceptServer } from './server';
import { joinCluster } from './worker';

export interface ListeningSocket {
  family: IPFamily;
  address: string;
  port: number;
  /** The kernel's IPV6_V6ONLY; null for an IPv4 socket. */
  v6Only: boolean | null;
}

/** What `listen` gives: the sockets of a server, and the way to close them. */
export interface Listening {
  /** The one port of all sockets. */
  port: number;
  /** IPv6 first. */
  sockets: ListeningSocket[];
  /** The families that this machine does not have and that were left out. */
  missing: Missing[];
  /** Closes every socket at once; resolves when the last connection has ended. Calling it twice is fine. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens with one server on both families, or as `stack` says:
 *
 * - `'split'` (the default): an IPv6-only and an IPv4 socket on one port. IPv4 clients are plain IPv4 in
 *   `remoteAddress`, and the outcome is the same on every kernel, beside whatever listens already.
 * - `'ipv6'`: IPv6 only. `'dual'`: one dual-stack socket. `'system'`: the option as the sysctl says, as a C program
 *   gets it that sets nothing.
 *
 * It stays one server: events, `address()`, `close()`, `getConnections()`, `maxConnections`, `ref()` and what was
 * given to `createServer` hold for all its sockets. All or nothing: on failure nothing is left open, no `'error'` is
 * emitted and the server can listen again. ip6(4) of FreeBSD and RFC 4038, section 4.2, advise the split.
 *
 * @param server a net, http, https, http2 or tls server that is not listening.
 * @param options `port`, `host`, `backlog`, `exclusive`, `reusePort`, `signal` as Node's, `stack` and `required`.
 * @returns the sockets, once all of them accept.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; ERR_INVALID_ARG_VALUE also for a stack that
 * contradicts an earlier `setV6Only`. @throws {RangeError} ERR_SOCKET_BAD_PORT.
 * @throws {Error} ERR_SERVER_ALREADY_LISTEN; AbortError; what `dns.lookup` gives; ERR_ADDON_UNAVAILABLE.
 * @throws {SystemError} `no-ipv6`, `not-ipv6`, `bind-failed`, `resources`, `mismatch`, `unsupported-platform`,
 * `unsupported-runtime`.
 */
export async function listen(server: net.Server, options: ListenOptions): Promise<Listening> {
  if (!(server instanceof net.Server))
    throw invalidArgType('server', 'a net.Server (http, https, http2, tls)', server);
  const checked = checkListenOptions(options);
  addon();
  if (checked.signal?.aborted) throw abortError(checked.signal.reason);
  requireIdle(server);
  const v6Only = chosenV6Only(server, checked.stack);
  const memory = interceptServer(server);
  joinCluster();
  const plan = await planEndpoints(checked, v6Only);
  if (checked.signal?.aborted) throw abortError(checked.signal.reason);
  requireIdle(server);
  const { sockets, missing } = await listenOnAll(server, memory, checked, plan);
  return describeListening(server, sockets, missing, checked.signal);
}

function requireIdle(server: net.Server): void {
  if (server.listening || recall(server)?.plan !== undefined) throw alreadyListening();
}

/**
 * Calls the server's own `listen`, so that subclasses and wrappers take part, with the sockets of `plan` in place of
 * Node's one. Resolves at 'listening'.
 */
async function listenOnAll(
  server: net.Server,
  memory: Remembered,
  options: CheckedListenOptions,
  plan: Plan,
): Promise<OpenSockets<ListenHandle>> {
  const { signal, port, required, backlog, exclusive, reusePort } = options;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      server.off('listening', onListening).off('error', onError).off('close', onStop);
      signal?.removeEventListener('abort', onStop);
      if (memory.plan === taken) memory.plan = undefined;
    };
    const onError = (error: unknown): void => {
      end();
      reject(error);
    };
    const onListening = (): void => {
      end();
      if (taken.opened !== undefined) resolve(taken.opened);
    };
    const onStop = (): void => {
      end();
      // Whoever has not come to bind yet, a wrapper or the primary's answer, finds it cancelled.
      if (taken.opened === undefined) memory.plan = taken;
      taken.cancel();
      if (server.listening) server.close();
      reject(abortError(signal?.reason));
    };
    const taken = new TakenListen(server, { port, required, plan }, onError);
    memory.plan = taken;
    server.once('listening', onListening).once('error', onError).once('close', onStop);
    signal?.addEventListener('abort', onStop);
    try {
      // A wrapper may be asynchronous; what it rejects with would otherwise be lost.
      const wrapped: unknown = server.listen({ port, backlog, exclusive, reusePort });
      Promise.resolve(wrapped).catch(onError);
    } catch (error) {
      onError(error);
    }
  });
}

/** The option that the stack gives an IPv6 wildcard. */
function chosenV6Only(server: net.Server, stack: Stack): boolean {
  const v6Only = stack === 'system' ? (defaultV6Only() ?? true) : stack !== 'dual';
  const earlier = recall(server)?.v6Only;
  if (earlier === undefined || earlier === v6Only) return v6Only;
  throw invalidArgValue('options.stack', stack, `contradicts the earlier setV6Only(server, ${earlier})`);
}

function describeListening(
  server: net.Server,
  opened: readonly OpenSocket<ListenHandle>[],
  missing: readonly Missing[],
  signal: AbortSignal | undefined,
): Listening {
  const close = closer(server, signal);
  return {
    port: opened[0]?.port ?? 0,
    sockets: opened.map(describeOpen),
    missing: [...missing],
    close,
    [Symbol.asyncDispose]: close,
  };
}

function describeOpen({ endpoint, socket, port }: OpenSocket<ListenHandle>): ListeningSocket {
  const { family, address, v6Only } = endpoint;
  const visible = v6Only !== null && socket.fd !== undefined;
  return { family, address, port, v6Only: visible ? readDescriptor(socket.fd) : v6Only };
}

/** Closes this listening and no later one of the same server. */
function closer(server: net.Server, signal: AbortSignal | undefined): () => Promise<void> {
  let closed = false;
  const stop = (): void => void (closed || server.close());
  const done = new Promise<void>((resolve) => {
    server.once('close', () => {
      closed = true;
      signal?.removeEventListener('abort', stop);
      resolve();
    });
  });
  signal?.addEventListener('abort', stop, { once: true });
  return () => {
    if (!closed && server.listening) server.close();
    return done;
  };
}
