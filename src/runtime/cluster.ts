/** How a cluster worker asks its primary for a socket. */
import type net from 'node:net';
import type { ListenHandle } from './handles';
import { hide, method } from './property';

/** What a worker asks the primary for. `addressType` is 4, 6 or -1 for TCP and 'udp4' or 'udp6' for UDP. */
export interface PrimaryQuery {
  address: string | null;
  port: number | null;
  addressType: number | string | null;
  fd?: number;
  flags?: number | null;
  backlog?: number;
}

/** `error` is 0 or a negative errno; without a handle there is always an error. */
export type PrimaryReply = (error: number, handle: ListenHandle | null | undefined) => void;

type GetServer = (owner: object, query: PrimaryQuery, reply: PrimaryReply) => void;

function clusterModule(): typeof import('node:cluster').default {
  return require('node:cluster');
}

/** Whether servers of this process share the sockets of a cluster primary. */
export function isClusterWorker(): boolean {
  // A worker has a channel to its primary; without one, cluster need not be loaded to be asked.
  return process.send !== undefined && clusterModule().isWorker;
}

/**
 * Someone to ask the primary in a server's place, so that nothing is left on the server when it fails. Node hands
 * it the server's TLS ticket keys, and waits for its 'listening' to tell the primary; `announce` is that event.
 */
export function standIn(server: net.Server): { owner: object; announce: () => void } {
  const waiting: (() => void)[] = [];
  const owner = {
    once: (_event: string, listener: () => void) => void waiting.push(listener),
    address: () => server.address(),
    _getServerData: bound(server, '_getServerData'),
    _setServerData: bound(server, '_setServerData'),
  };
  const announce = (): void => {
    for (const listener of waiting) listener();
  };
  return { owner, announce };
}

function bound(server: net.Server, name: string): unknown {
  const own = method<((...args: unknown[]) => unknown) | undefined>(server, name);
  return own?.bind(server);
}

/**
 * Calls `onQuery` for every server and socket of this worker that asks the primary for its socket; `ask` sends
 * the question. Node looks the function up at each call.
 */
export function interceptPrimaryQueries(
  onQuery: (owner: object, query: PrimaryQuery, reply: PrimaryReply, ask: GetServer) => void,
): void {
  const cluster = clusterModule();
  const next = method<GetServer>(cluster, '_getServer');
  const ask: GetServer = (owner, query, reply) => next.call(cluster, owner, query, reply);
  hide(cluster, '_getServer', (owner: object, query: PrimaryQuery, reply: PrimaryReply) =>
    onQuery(owner, query, reply, ask),
  );
}
