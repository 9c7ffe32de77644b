/** Which connections of several sockets a server takes: counted over all of them. */
import { type Server, Socket } from 'node:net';
import { isSent } from '../runtime/descriptors';

/** How many connections there are before those are looked for that will never close. */
const FEW = 100;

/** What Node says of a connection that it drops (lib/net.js, onconnection). */
function dropData(socket: Socket): object {
  const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
  return { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily };
}

export class Admission {
  readonly #server: Server;
  /** Open connections, by the server that accepted them. */
  readonly #open = new Map<Server, Set<Socket>>();
  /** How many were sent to other processes, which Node takes off the count of the user's server, whoever accepted them. */
  readonly #sent = new WeakMap<Server, number>();
  #enough = FEW;
  /** Accepted before every socket listens. */
  #early: Socket[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** Hands a connection of another socket to the server, as if it were its own. */
  hand(socket: Socket, second: Server, closed: () => void): void {
    this.#count(socket, second, closed);
    Reflect.set(socket, 'server', this.#server);
    this.#server.emit('connection', socket);
  }

  admits(connection: unknown, ready: boolean): boolean {
    if (!(connection instanceof Socket)) return true;
    if (!this.#isCounted(connection) && !this.#countOwn(connection)) return false;
    if (ready) return true;
    this.#early.push(connection);
    return false;
  }

  /** Those that were kept back, which come again as events. */
  early(): readonly Socket[] {
    const kept = this.#early;
    this.#early = [];
    return kept;
  }

  /** What a second server hands over, what was kept back, and what the user emits again. */
  #isCounted(socket: Socket): boolean {
    for (const sockets of this.#open.values()) if (sockets.has(socket)) return true;
    return false;
  }

  /** Node has counted it at the server's own socket only; false where it is one too many. */
  #countOwn(socket: Socket): boolean {
    // What the user emits is not Node's to count.
    if (Reflect.get(socket, 'server') !== this.#server) return true;
    const room = this.roomFor(this.#server);
    if (room && this.#of(this.#server).size >= room) {
      this.#server.emit('drop', dropData(socket));
      socket.destroy();
      return false;
    }
    this.#count(socket, this.#server);
    return true;
  }

  #of(server: Server): Set<Socket> {
    const known = this.#open.get(server);
    if (known !== undefined) return known;
    const made = new Set<Socket>();
    this.#open.set(server, made);
    return made;
  }

  #count(socket: Socket, server: Server, closed = () => {}): void {
    if (this.#total() >= this.#enough) {
      this.#forgetGone();
      this.#enough = Math.max(FEW, 2 * this.#total());
    }
    this.#of(server).add(socket);
    socket.once('close', () => {
      this.#forget(socket, server);
      closed();
    });
  }

  #forget(socket: Socket, server: Server): void {
    const sockets = this.#open.get(server);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#open.delete(server);
  }

  #sentFrom(server: Server): number {
    return this.#sent.get(server) ?? 0;
  }

  /** Whether a second server has no connections but those that were sent: its own 'close' never comes. */
  hasOnlySent(second: Server): boolean {
    for (const socket of this.#open.get(second) ?? []) if (!this.#forgetsGone(socket, second)) return false;
    return this.#sentFrom(second) > 0;
  }

  /** What the connections of the other sockets leave of `maxConnections`. */
  roomFor(server: Server): number | undefined {
    const { maxConnections } = this.#server;
    // None, or 0, which means no limit or no connections, depending on the line of Node.
    if (!maxConnections) return maxConnections;
    if (this.#total() >= maxConnections) this.#forgetGone();
    // What Node counts there: a second server has those that were sent.
    const there = this.#of(server).size + (server === this.#server ? 0 : this.#sentFrom(server));
    const room = maxConnections - this.#total() + there;
    // Node 20 takes 0 for no limit.
    return room > 0 ? room : -1;
  }

  #total(): number {
    let total = 0;
    for (const { size } of this.#open.values()) total += size;
    return total;
  }

  /** Node makes room in the call of `destroy` or `send`; 'close' comes later, or not at all. */
  #forgetGone(): void {
    for (const [server, sockets] of this.#open) {
      for (const socket of sockets) this.#forgetsGone(socket, server);
    }
  }

  #forgetsGone(socket: Socket, server: Server): boolean {
    const sent = isSent(socket);
    if (!sent && !socket.destroyed) return false;
    if (sent) this.#sent.set(server, this.#sentFrom(server) + 1);
    this.#forget(socket, server);
    return true;
  }
}
