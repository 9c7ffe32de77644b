/** What else belongs to a listen: the other sockets of the server, and a caller that waits for it. */
import type { Server } from 'node:net';
import type { IPFamily } from '../kernel/addon';
import type { ListeningSocket } from './verify';

/** The other sockets of a server that has several. */
export interface Companions {
  /** Each with one of the sockets. */
  readonly servers: readonly Server[];
  /** Those that listen, as they were when they opened. */
  readonly sockets: readonly ListeningSocket[];
  /** Whether all of them accept: 'listening' waits for that. */
  readonly ready: boolean;
  /** Whether all of them are closed: 'close' waits for that. */
  readonly closed: boolean;
  /** Whether those of earlier listens of this server are. */
  readonly closedBefore: boolean;
  /** Whom they let in. */
  readonly families: readonly IPFamily[];
  close(): void;
  /** Whether a connection goes on to the listeners. */
  admits(connection: unknown): boolean;
  ref(): void;
  unref(): void;
  /** How many connections they have. */
  count(callback: (error: Error | null, connections: number) => void): void;
}

/** A caller that waits for one listen, and hears of its end in place of the listeners of 'error'. */
export interface Waiting {
  /** Whether it has ended, so that a wrapper which calls `listen` late is too late. */
  readonly settled: boolean;
  /** What it throws ends the listen. */
  listened(): void;
  failed(error: unknown): void;
}
