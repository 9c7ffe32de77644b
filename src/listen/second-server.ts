/** A server underneath the user's: it accepts connections and passes each to the user's server. */
import { Server, type Socket } from 'node:net';
import { answerNextLookup } from '../runtime/lookup';
import { PART } from '../socket/binder';
import { asFound, type Endpoint } from '../socket/endpoint';
import type { ListeningSocket } from '../socket/verify';

export interface Front {
  readonly server: Server;
  /** What the front's `maxConnections` leaves for this server; undefined if there is no limit. */
  roomFor(second: Server): number | undefined;
  take(socket: Socket, second: Server): void;
  listened(second: SecondServer): void;
  /** @returns false if the error isn't from a listen in progress. */
  failed(error: unknown): boolean;
}

/** The options passed to Node for it, from the front's own listen. */
export interface SecondOptions {
  readonly port: number | undefined;
  readonly backlog?: unknown;
  readonly exclusive?: unknown;
  readonly reusePort?: unknown;
}

export class SecondServer extends Server {
  readonly front: Front;
  readonly endpoint: Endpoint;
  /** The socket when it opened. */
  socket: ListeningSocket | undefined;

  constructor(front: Front, endpoint: Endpoint) {
    super();
    this.front = front;
    this.endpoint = endpoint;
  }

  /** Synchronously, outside a cluster: Node's lookup of the address is answered during the call. */
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
        // Not emitted: Node would report each to the cluster primary, and this is one server.
        this.front.listened(this);
        return false;
      default:
        return Reflect.apply(super.emit, this, [event, ...args]);
    }
  }
}

/**
 * What Node reads from a server when it accepts (lib/net.js, onconnection) is the front's current value. The setter is
 * for Node's constructor, which assigns its options.
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
