/** Which connections of several sockets a server takes: counted over all of them. */
import { type Server, Socket } from 'node:net';

/** What Node says of a connection that it drops (lib/net.js, onconnection). */
function dropData(socket: Socket): object {
  const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
  return { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily };
}

export class Admission {
  readonly #server: Server;
  /** Open connections, by the server that accepted them. */
  readonly #open = new Map<Server, number>();
  /** Accepted before every socket listens. */
  #early: Socket[] = [];
  /** What a second server hands over comes here as an event of the first. */
  #handed: Socket | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Hands a connection of another socket to the server, as if it were its own. */
  hand(socket: Socket, second: Server): void {
    this.#count(socket, second);
    Reflect.set(socket, 'server', this.#server);
    this.#handed = socket;
    this.#server.emit('connection', socket);
  }

  admits(connection: unknown, ready: boolean): boolean {
    if (!(connection instanceof Socket)) return true;
    const handed = this.#handed === connection;
    this.#handed = undefined;
    if (!handed && this.#isEarly(connection)) return true;
    if (!handed && !this.#countOwn(connection)) return false;
    if (ready) return true;
    this.#early.push(connection);
    return false;
  }

  /** Those that were kept back, which come again as events. */
  early(): readonly Socket[] {
    const kept = this.#early;
    this.#early = [];
    for (const socket of kept) this.#admitted.add(socket);
    return kept;
  }

  readonly #admitted = new WeakSet<Socket>();

  #isEarly(socket: Socket): boolean {
    return this.#admitted.delete(socket);
  }

  /** Node has counted it at the server's own socket only; false where it is one too many. */
  #countOwn(socket: Socket): boolean {
    // What the user emits is not Node's to count.
    if (Reflect.get(socket, 'server') !== this.#server) return true;
    const room = this.roomFor(this.#server);
    if (room !== undefined && this.#of(this.#server) >= room) {
      this.#server.emit('drop', dropData(socket));
      socket.destroy();
      return false;
    }
    this.#count(socket, this.#server);
    return true;
  }

  #of(server: Server): number {
    return this.#open.get(server) ?? 0;
  }

  #count(socket: Socket, server: Server): void {
    this.#open.set(server, this.#of(server) + 1);
    socket.once('close', () => this.#open.set(server, this.#of(server) - 1));
  }

  /** What the connections of the other sockets leave of `maxConnections`. */
  roomFor(server: Server): number | undefined {
    const { maxConnections } = this.#server;
    if (maxConnections === undefined || maxConnections === null) return undefined;
    let others = 0;
    for (const [other, count] of this.#open) if (other !== server) others += count;
    return Math.max(0, maxConnections - others);
  }
}
