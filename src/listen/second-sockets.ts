/** A server's other sockets: on its port, accepting for it, closed with it. */
import type { Server, Socket } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import type { IPFamily } from '../kernel/addon';
import { isRefed } from '../runtime/descriptors';
import { hide } from '../runtime/property';
import type { Attempt } from '../socket/attempt';
import type { Companions } from '../socket/companions';
import type { Endpoint } from '../socket/endpoint';
import { type ListeningSocket, verifySocket } from '../socket/verify';
import { Admission } from './admission';
import { type Front, SecondServer } from './second-server';

/** Connections outlive a `close`, and the server may listen again meanwhile: it is still one server for them. */
interface Kept {
  readonly admission: Admission;
  last: SecondSockets | undefined;
}

const KEPT = Symbol('v6only.sockets');

function recallKept(server: Server): Kept | undefined {
  return (server as { [KEPT]?: Kept })[KEPT];
}

function keptFor(server: Server): Kept {
  const known = recallKept(server);
  if (known !== undefined) return known;
  const made = { admission: new Admission(server), last: undefined };
  hide(server, KEPT, made);
  return made;
}

/** Whether connections of another socket from an earlier listen are still open. */
export function hasEarlier(server: Server): boolean {
  return recallKept(server)?.last?.closed === false;
}

export class SecondSockets implements Companions, Front {
  readonly server: Server;
  readonly servers: SecondServer[] = [];
  readonly #attempt: Attempt;
  readonly #failed: (error: unknown) => void;
  readonly #admission: Admission;
  #listening = 0;
  #endpoints: readonly Endpoint[] = [];
  readonly #closed = new Set<SecondServer>();
  #ended = false;
  /** Those of an earlier listen that still have connections; the server's 'close' waits for them too. */
  readonly #earlier: SecondSockets | undefined;
  /** Those of the next successful listen, whose 'close' is the one to be emitted. */
  #next: SecondSockets | undefined;

  /** `failed` is called at most once, before all of them are listening. */
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

  get sockets(): ListeningSocket[] {
    return this.servers.flatMap(({ socket }) => socket ?? []);
  }

  get families(): IPFamily[] {
    return this.#endpoints.flatMap(acceptedFamilies);
  }

  get closed(): boolean {
    return this.servers.every((second) => this.#isClosed(second)) && this.closedBefore;
  }

  #isClosed(second: SecondServer): boolean {
    return this.#closed.has(second) || (this.#ended && this.#admission.hasOnlySent(second));
  }

  get closedBefore(): boolean {
    return this.#earlier === undefined || this.#earlier.closed;
  }

  /** Opens all of them on the port of the server's own socket. */
  open(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    const { backlog, exclusive, reusePort }: Record<string, unknown> = Object(this.#attempt.options);
    const port = this.#attempt.socket?.port;
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
      this.#closed.add(second);
      this.#released();
    });
    return second;
  }

  /** A server that is listening again emits no 'close' for an earlier listen. */
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
    // In a cluster worker the primary's answer may still arrive.
    if (this.#ended) return void second.close();
    try {
      second.socket = verifySocket(second, second.endpoint);
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
    for (const second of this.servers) second.close();
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
    // The server was closed bypassing its own `close`.
    if (!this.server.listening) {
      this.close();
      socket.destroy();
      return;
    }
    this.#admission.hand(socket, second, () => this.#released());
  }
}
