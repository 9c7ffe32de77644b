/** Which connections of several sockets a server takes: counted over all of them. */
import { type Server, Socket } from 'node:net';
import { isSentAway } from '../runtime/descriptors';

/** From how many connections on those that were sent to other processes are looked for, at the least. */
const LEAST_SWEPT = 64;

/** What Node says of a connection that it drops (lib/net.js, onconnection). */
function dropData(socket: Socket): object {
  const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = socket;
  return { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily };
}

export class Admission {
  readonly #server: Server;
  /** Open connections, by the server that accepted them. */
  readonly #open = new Map<Server, Set<Socket>>();
  /** How many of a server went to other processes: `child.send(message, socket)` emits no 'close'. */
  readonly #sent = new WeakMap<Server, number>();
  #sweptAt = LEAST_SWEPT;
  /** Accepted before every socket listens. */
  #early: Socket[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** Hands a connection of another socket to the server, as if it were its own. */
  hand(socket: Socket, second: Server): void {
    this.#count(socket, second);
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

  #count(socket: Socket, server: Server): void {
    if (this.#total() >= this.#sweptAt) {
      this.#forgetGone();
      this.#sweptAt = Math.max(LEAST_SWEPT, 2 * this.#total());
    }
    this.#of(server).add(socket);
    socket.once('close', () => {
      const sockets = this.#of(server);
      sockets.delete(socket);
      if (sockets.size === 0) this.#open.delete(server);
      this.settle(server);
    });
  }

  /**
   * For a connection that is sent away Node counts down at `socket.server`, the server of the user. At the second one, which
   * accepted it, the count stays, and Node never finds it drained.
   */
  settle(second: Server): void {
    if (second === this.#server || second.listening) return;
    this.#forgetGone();
    if (this.#sentOf(second) > 0 && !this.#open.get(second)?.size) second.emit('close');
  }

  #sentOf(server: Server): number {
    return this.#sent.get(server) ?? 0;
  }

  /** What the connections of the other sockets leave of `maxConnections`. */
  roomFor(server: Server): number | undefined {
    const { maxConnections } = this.#server;
    // None, or 0, which means no limit or no connections, depending on the line of Node.
    if (!maxConnections) return maxConnections;
    if (this.#total() >= maxConnections) this.#forgetGone();
    const others = this.#total() - this.#of(server).size;
    // Those sent away are in Node's count of a second server for good.
    const room = maxConnections - others + (server === this.#server ? 0 : this.#sentOf(server));
    // Node 20 takes 0 for no limit.
    return room > 0 ? room : -1;
  }

  #total(): number {
    let total = 0;
    for (const { size } of this.#open.values()) total += size;
    return total;
  }

  /** Node makes room in the call of `destroy`, and 'close' comes later. */
  #forgetGone(): void {
    for (const [server, sockets] of this.#open) {
      for (const socket of sockets) {
        if (isSentAway(socket)) this.#sent.set(server, this.#sentOf(server) + 1);
        else if (!socket.destroyed) continue;
        sockets.delete(socket);
      }
      if (sockets.size === 0) this.#open.delete(server);
    }
  }
}
