/** Decides which connections a server with several sockets accepts, counting over all of them. */
import { type Server, Socket } from 'node:net';
import { isSent } from '../runtime/descriptors';

/** The number of connections that triggers a search for ones that will never close. */
const FEW = 100;

/** What Node reports about a dropped connection (lib/net.js, onconnection). */
function dropData(socket: Socket): object {
  const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
  return { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily };
}

export class Admission {
  readonly #server: Server;
  /** Open connections, by the server that accepted them. */
  readonly #open = new Map<Server, Set<Socket>>();
  /** How many were sent to other processes; Node subtracts them all from the user's server, whichever accepted them. */
  readonly #sent = new WeakMap<Server, number>();
  #enough = FEW;
  /** Accepted before all sockets are listening. */
  #early: Socket[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** Passes a connection of another socket to the server, as if it were its own. */
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

  /** The held connections, to be emitted again. */
  early(): readonly Socket[] {
    const kept = this.#early;
    this.#early = [];
    return kept;
  }

  /** True if a second server passed it on, it was held, or the user emits it again. */
  #isCounted(socket: Socket): boolean {
    for (const sockets of this.#open.values()) if (sockets.has(socket)) return true;
    return false;
  }

  /** Node counted it only for the server's own socket; false if it is one too many. */
  #countOwn(socket: Socket): boolean {
    // Node doesn't count what the user emits.
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

  /** Whether all connections of a second server were sent to other processes: its own 'close' never comes. */
  hasOnlySent(second: Server): boolean {
    for (const socket of this.#open.get(second) ?? []) if (!this.#forgetsGone(socket, second)) return false;
    return this.#sentFrom(second) > 0;
  }

  /** The rest of `maxConnections` after the other sockets' connections. */
  roomFor(server: Server): number | undefined {
    const { maxConnections } = this.#server;
    // None, or 0, which means no limit or no connections, depending on the Node version.
    if (!maxConnections) return maxConnections;
    if (this.#total() >= maxConnections) this.#forgetGone();
    // Node's count for that server: a second server's still includes the sent ones.
    const there = this.#of(server).size + (server === this.#server ? 0 : this.#sentFrom(server));
    const room = maxConnections - this.#total() + there;
    // Node 20 treats 0 as no limit.
    return room > 0 ? room : -1;
  }

  #total(): number {
    let total = 0;
    for (const { size } of this.#open.values()) total += size;
    return total;
  }

  /** Node makes room during the call of `destroy` or `send`; 'close' comes later, or never. */
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
