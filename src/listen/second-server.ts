/** A server underneath another one: it accepts, and hands each connection to the one that the user has. */
import { Server, type Socket } from 'node:net';
import { answerNextLookup } from '../runtime/lookup';
import { PART } from '../socket/binder';
import { asFound, type Endpoint } from '../socket/endpoint';
import type { ListeningSocket } from '../socket/verify';

export interface Front {
  readonly server: Server;
  /** What the front's `maxConnections` leaves for this server; undefined where there is none. */
  roomFor(second: Server): number | undefined;
  take(socket: Socket, second: Server): void;
  listened(second: SecondServer): void;
  /** @returns false where the error is not of a listen under way. */
  failed(error: unknown): boolean;
}

/** The options that Node is given for it, as of the front's own listen. */
export interface SecondOptions {
  readonly port: number | undefined;
  readonly backlog?: unknown;
  readonly exclusive?: unknown;
  readonly reusePort?: unknown;
}

export class SecondServer extends Server {
  readonly front: Front;
  readonly endpoint: Endpoint;
  /** As it was when it opened. */
  socket: ListeningSocket | undefined;

  constructor(front: Front, endpoint: Endpoint) {
    super();
    this.front = front;
    this.endpoint = endpoint;
  }

  /** At once, outside a cluster: Node's look-up of the address is answered in the call. */
  open(options: SecondOptions): void {
    const { address, v6Only } = this.endpoint;
    const takeBack = answerNextLookup((_host, answer) => answer(null, [asFound(this.endpoint)]));
    try {
      this.listen(Object.assign({ host: address, ipv6Only: v6Only === true }, options));
    } finally {
      takeBack();
    }
  }

  [PART](error: unknown): void {
    this.front.failed(error);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [first] = args;
    switch (event) {
      case 'connection':
        this.front.take(first as Socket, this);
        return true;
      case 'error':
        return this.front.failed(first) || this.front.server.emit(event, first);
      case 'drop':
        return this.front.server.emit(event, ...args);
      case 'listening':
        // A cluster primary is told of each, and this is one server.
        this.front.listened(this);
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
