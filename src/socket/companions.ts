/** What else belongs to a listen: the server's other sockets, and a caller waiting for it. */
import type { Server } from 'node:net';
import type { IPFamily } from '../kernel/addon';
import type { ListeningSocket } from './verify';

/** The other sockets of a server with several. */
export interface Companions {
  /** One for each socket. */
  readonly servers: readonly Server[];
  /** The listening ones, as they were when they opened. */
  readonly sockets: readonly ListeningSocket[];
  /** Whether all of them accept: 'listening' waits for that. */
  readonly ready: boolean;
  /** Whether all of them are closed: 'close' waits for that. */
  readonly closed: boolean;
  /** Whether those of this server's earlier listens are closed. */
  readonly closedBefore: boolean;
  /** The families they accept. */
  readonly families: readonly IPFamily[];
  close(): void;
  /** Whether a connection reaches the listeners. */
  admits(connection: unknown): boolean;
  ref(): void;
  unref(): void;
  /** Counts their connections. */
  count(callback: (error: Error | null, connections: number) => void): void;
}

/** A caller waiting for one listen, which is told of a failure instead of the 'error' listeners. */
export interface Waiting {
  /** Whether it has ended; a wrapper that calls `listen` after that is too late. */
  readonly settled: boolean;
  /** An exception from this ends the listen. */
  listened(): void;
  failed(error: unknown): void;
}
