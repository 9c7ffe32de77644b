/**
 * The state of a server, under a registered symbol, so that two copies of the package in one process (not deduped by
 * npm, Jest's resetModules) find the same record, and the last call counts.
 */
import type { Server } from 'node:net';
import { guardEmit } from '../runtime/emitter';
import { hide } from '../runtime/property';
import type { Attempt } from './attempt';
import type { Binder, OwnListen } from './binder';
import type { Waiting } from './companions';

export interface ServerRecord {
  /** The last choice of `setV6Only`. */
  v6Only?: Binder | undefined;
  /** The choice of `setStack` since then, which takes precedence. */
  stack?: Binder | undefined;
  /** The listen in progress, or the one that succeeded. */
  attempt?: Attempt | undefined;
  /** A pending `listen(server, options)`. */
  waiting?: Waiting | undefined;
  /** What the `listen` call in progress was given for itself. */
  calling?: OwnListen | undefined;
  /** Whether a socket was just closed; its 'close' is not emitted. */
  dropping?: boolean | undefined;
  /** Whether the server's `listen` checks its options during the call. */
  choosable?: boolean | undefined;
  /** Whether the server's own methods act for several sockets. */
  joined?: boolean | undefined;
}

const RECORD = Symbol.for('v6only.server.1');

export function recall(target: object): ServerRecord | undefined {
  return (target as { [RECORD]?: ServerRecord })[RECORD];
}

/** The binder that gives the server its sockets at each `listen`; undefined if nothing was chosen. */
export function chosenBinder(record: ServerRecord | undefined): Binder | undefined {
  return record?.stack ?? record?.v6Only;
}

/**
 * The server's record, created on first use. From then on `lets` sees each event before the listeners, and returns
 * whether it reaches them.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for a frozen or sealed server, or a proxy that refuses changes.
 */
export function remember(
  server: Server,
  lets: (record: ServerRecord, event: string | symbol, args: readonly unknown[]) => boolean,
): ServerRecord {
  const known = recall(server);
  if (known !== undefined) return known;
  const record: ServerRecord = {};
  guardEmit(server, (event, args) => lets(record, event, args));
  hide(server, RECORD, record);
  return record;
}
