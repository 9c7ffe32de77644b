/** The other sockets of one server: on its port, accepting for it, closed with it. */
import type { Server, Socket } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { isRefed, serverAddress } from '../runtime/descriptors';
import type { Attempt } from '../socket/attempt';
import type { Companions } from '../socket/companions';
import type { Endpoint } from '../socket/endpoint';
import { verifyServer } from '../socket/verify';
import { Admission } from './admission';
import { type Front, SecondServer } from './second-server';

/** Connections outlive a `close`, and the server may listen again meanwhile: it stays one server for them. */
const kept = new WeakMap<Server, { admission: Admission; last: SecondSockets | undefined }>();

function keptFor(server: Server): { admission: Admission; last: SecondSockets | undefined } {
  const known = kept.get(server);
  if (known !== undefined) return known;
  const made = { admission: new Admission(server), last: undefined };
  kept.set(server, made);
  return made;
}

/** Whether connections of another socket, of an earlier listen, are still open. */
export function hasEarlier(server: Server): boolean {
  return kept.get(server)?.last?.closed === false;
}

export class SecondSockets implements Companions, Front {
  readonly server: Server;
  readonly servers: SecondServer[] = [];
  readonly #attempt: Attempt;
  readonly #failed: (error: unknown) => void;
  readonly #admission: Admission;
  #listening = 0;
  #endpoints: readonly Endpoint[] = [];
  #closed = 0;
  #ended = false;
  /** Those of an earlier listen that have connections, which the server's 'close' waits for too. */
  readonly #earlier: SecondSockets | undefined;
  /** Those of the next listen that succeeded, whose 'close' is the one to come. */
  #next: SecondSockets | undefined;

  /** `failed` is told once, while not all of them listen. */
  constructor(attempt: Attempt, failed: (error: unknown) => void) {
    this.server = attempt.server;
    this.#attempt = attempt;
    this.#failed = failed;
    const known = keptFor(attempt.server);
    this.#admission = known.admission;
    this.#earlier = hasEarlier(attempt.server) ? known.last : undefined;
  }

  get ready(): boolean {
    return this.#listening === this.#endpoints.length;
  }

  get families(): IPFamily[] {
    return this.#endpoints.flatMap(acceptedFamilies);
  }

  get closed(): boolean {
    return this.#closed === this.servers.length && this.closedBefore;
  }

  get closedBefore(): boolean {
    return this.#earlier === undefined || this.#earlier.closed;
  }

  /** Opens all of them on the port of the server's own socket. */
  open(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    const { backlog, exclusive, reusePort }: Record<string, unknown> = Object(this.#attempt.options);
    const port = serverAddress(this.server)?.port;
    const refed = isRefed(this.server);
    for (const endpoint of endpoints) {
      if (this.#ended) return;
      const second = this.#add(endpoint);
      second.open({ port, backlog, exclusive, reusePort });
      if (!refed) second.unref();
    }
    if (endpoints.length === 0) this.#succeeded();
  }

  #add(endpoint: Endpoint): SecondServer {
    const second = new SecondServer(this, endpoint);
    this.servers.push(second);
    second.once('close', () => {
      this.#closed++;
      this.#released();
    });
    return second;
  }

  /** A server that listens again has no 'close' of an earlier time to come. */
  #released(): void {
    if (this.server.listening) return;
    let one: SecondSockets = this;
    while (one.#next !== undefined) one = one.#next;
    if (one.closed) one.#attempt.release();
  }

  #succeeded(): void {
    keptFor(this.server).last = this;
    if (this.#earlier !== undefined) this.#earlier.#next = this;
  }

  listened(second: SecondServer): void {
    // In a cluster worker the primary's answer may come after all.
    if (this.#ended) return void second.close();
    try {
      verifyServer(second, second.endpoint.v6Only);
    } catch (error) {
      return void this.failed(error);
    }
    this.#listening++;
    if (!this.ready) return;
    this.#succeeded();
    this.#attempt.release();
    for (const connection of this.#admission.early()) this.server.emit('connection', connection);
  }

  failed(error: unknown): boolean {
    if (this.ready) return false;
    if (!this.#ended) {
      this.close();
      this.#failed(error);
    }
    return true;
  }

  close(): void {
    this.#ended = true;
    for (const second of this.servers) {
      second.close();
      this.#admission.settle(second);
    }
    if (!this.ready) for (const connection of this.#admission.early()) connection.destroy();
  }

  ref(): void {
    for (const second of this.servers) second.ref();
  }

  unref(): void {
    for (const second of this.servers) second.unref();
  }

  count(callback: (error: Error | null, connections: number) => void): void {
    const servers = this.#withEarlier();
    let left = servers.length;
    let sum = 0;
    for (const second of servers) {
      second.getConnections((error, connections) => {
        if (error) return callback(error, sum);
        sum += connections;
        if (--left === 0) callback(null, sum);
      });
    }
  }

  #withEarlier(): SecondServer[] {
    return [...this.servers, ...(this.#earlier === undefined ? [] : this.#earlier.#withEarlier())];
  }

  admits(connection: unknown): boolean {
    return this.#admission.admits(connection, this.ready);
  }

  roomFor(second: Server): number | undefined {
    return this.#admission.roomFor(second);
  }

  take(socket: Socket, second: Server): void {
    // The server was closed without its own `close`.
    if (!this.server.listening) {
      this.close();
      socket.destroy();
      return;
    }
    this.#admission.hand(socket, second);
  }
}
