/**
 * What is kept for a server: under a registered symbol, so that two copies of the package in one process (npm could not
 * dedupe them, Jest's resetModules) find the same record, and the later call counts.
 */
import type { Server } from 'node:net';
import { guardEmit } from '../runtime/emitter';
import { hide } from '../runtime/property';
import type { Attempt } from './attempt';
import type { Binder, OwnListen } from './binder';
import type { Waiting } from './companions';

export interface ServerRecord {
  /** What `setV6Only` chose last. */
  v6Only?: Binder | undefined;
  /** What `setStack` chose since: it counts before that. */
  stack?: Binder | undefined;
  /** The listen that is under way, or that the server listens with. */
  attempt?: Attempt | undefined;
  /** A `listen(server, options)` that has not ended. */
  waiting?: Waiting | undefined;
  /** What the `listen` that is being called was given for itself. */
  calling?: OwnListen | undefined;
  /** Whether a socket has just been given back; its 'close' is not emitted. */
  dropping?: boolean | undefined;
  /** Whether the server's `listen` looks at its options in the call. */
  choosable?: boolean | undefined;
  /** Whether the server's own methods act for several sockets. */
  joined?: boolean | undefined;
}

const RECORD = Symbol.for('v6only.server.1');

export function recall(target: object): ServerRecord | undefined {
  return (target as { [RECORD]?: ServerRecord })[RECORD];
}

/** Gives the server its sockets at each `listen`; undefined where nothing was chosen for it. */
export function chosenBinder(record: ServerRecord | undefined): Binder | undefined {
  return record?.stack ?? record?.v6Only;
}

/**
 * The server's record, made the first time. From then on `lets` sees what the server emits before any listener, and says
 * whether it goes on to them.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for a frozen or sealed server, or a proxy that keeps what it has.
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
