/** A server underneath another one: it accepts, and hands each connection to the one that the user has. */
import { Server, type Socket } from 'node:net';

export interface Front {
  readonly server: Server;
  /** What the front's `maxConnections` leaves for this server; undefined where there is none. */
  roomFor(second: Server): number | undefined;
  take(socket: Socket, second: Server): void;
}

export class SecondServer extends Server {
  readonly front: Front;

  constructor(front: Front) {
    super();
    this.front = front;
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { server } = this.front;
    const [first] = args;
    switch (event) {
      case 'connection':
        this.front.take(first as Socket, this);
        return true;
      case 'drop':
      case 'error':
        return server.emit(event, ...args);
      case 'listening':
        // A cluster primary is told of each, and this is one server.
        return false;
      default:
        return Reflect.apply(super.emit, this, [event, ...args]);
    }
  }
}

/**
 * What Node reads of a server in the moment when it accepts (lib/net.js, onconnection) is the front's, as it is then. The
 * setter is for Node's constructor, which assigns what it was told.
 */
const SETTINGS = [
  ...['allowHalfOpen', 'pauseOnConnect', 'noDelay', 'keepAlive', 'keepAliveInitialDelay'],
  ...['highWaterMark', 'blockList', 'dropMaxConnection'],
] as const;

for (const name of SETTINGS) {
  Object.defineProperty(SecondServer.prototype, name, {
    get(this: SecondServer) {
      return Reflect.get(this.front.server, name);
    },
    set() {},
  });
}

Object.defineProperty(SecondServer.prototype, 'maxConnections', {
  get(this: SecondServer) {
    return this.front.roomFor(this);
  },
});
