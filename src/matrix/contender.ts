/** One of two sockets that contend for a port: opened and bound by the addon, so that only our options are set. */
import type dgram from 'node:dgram';
import { Server, type Socket } from 'node:net';
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { openSocket } from '../kernel/descriptor';
import { codeOf, errnoOf, SystemError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { listenNow } from '../runtime/listens';
import type { BindMatrixBind, BindProtocol, BindReuse } from './bind-outcome';

const LEVEL: Readonly<Record<BindReuse, number>> = {
  none: REUSE.none,
  reuseaddr: REUSE.address,
  reuseport: REUSE.port,
};
const BACKLOG = 128;
const LOOK_MS = 1;

/** Called with the port of a peer whose connection or datagram arrived. */
export type OnPeer = (port: number) => void;

export interface ContenderOptions {
  readonly protocol: BindProtocol;
  readonly reuse: BindReuse;
  readonly bind: BindMatrixBind;
}

export class Contender {
  readonly #options: ContenderOptions;
  #fd: number | null = null;
  #server: Server | null = null;
  #connections: Socket[] = [];
  #datagrams: dgram.Socket | null = null;
  #looking: NodeJS.Timeout | undefined;

  constructor(options: ContenderOptions) {
    this.#options = options;
  }

  /** The port that it is bound to, before it listens. */
  port(): number {
    const info = addon().describe(this.#fd ?? -1);
    return typeof info === 'number' ? 0 : (info.local?.port ?? 0);
  }

  /** Opens and binds: 'ok', or the error code of the first call that fails. */
  bind(port: number): string {
    const { protocol, reuse, bind } = this.#options;
    try {
      const type = protocol === 'tcp' ? TYPE.stream : TYPE.datagram;
      this.#fd = openSocket(FAMILY[bind.family], type, 'socket');
    } catch (error) {
      if (error instanceof SystemError && error.reason === 'no-ipv6') return error.code;
      throw error;
    }
    const { v6Only, address } = bind;
    const prepared =
      addon().setReuse(this.#fd, LEVEL[reuse]) || (v6Only === null ? 0 : addon().setV6Only(this.#fd, v6Only));
    return resultOf(prepared || addon().bind(this.#fd, address, port));
  }

  /** TCP: starts listening; null for UDP, which has no such step. */
  listen(onPeer: OnPeer): string | null {
    if (this.#options.protocol === 'udp' || this.#fd === null) return null;
    if (!currentPlatform().hasDescriptors) return this.#listenHere(this.#fd, onPeer);
    const server = new Server({ pauseOnConnect: true }, (connection) => {
      this.#connections.push(connection);
      onPeer(connection.remotePort ?? 0);
    });
    this.#server = server;
    const fd = this.#fd;
    this.#fd = null;
    return listenNow(server, fd, BACKLOG);
  }

  /**
   * UDP: starts reading. Only after the last bind: libuv turns SO_REUSEADDR (BSD: SO_REUSEPORT) on when it
   * adopts a datagram socket (uv_udp_open), which decides who may bind, not who gets the datagrams.
   */
  read(onPeer: OnPeer): void {
    if (this.#options.protocol === 'tcp' || this.#fd === null) return;
    if (!currentPlatform().hasDescriptors) return this.#look(this.#fd, onPeer);
    const { createSocket }: typeof dgram = require('node:dgram');
    const socket = createSocket(this.#options.bind.family === 'IPv6' ? 'udp6' : 'udp4');
    socket.on('message', (_message, { port }) => onPeer(port));
    // A failure here loses a datagram, which the client's side notices.
    socket.on('error', () => {});
    // Exclusive, or a cluster primary would use its own descriptor of this number.
    socket.bind({ fd: this.#fd, exclusive: true });
    this.#fd = null;
    this.#datagrams = socket;
  }

  /** If Node can't adopt our socket, the addon listens. */
  #listenHere(fd: number, onPeer: OnPeer): string {
    const result = resultOf(addon().listenHere?.(fd) ?? errnoOf('ENOSYS'));
    if (result === 'ok') this.#look(fd, onPeer);
    return result;
  }

  #look(fd: number, onPeer: OnPeer): void {
    this.#looking = setInterval(() => {
      const port = addon().takePeer?.(fd) ?? 0;
      if (port > 0) onPeer(port);
    }, LOOK_MS);
  }

  close(): void {
    clearInterval(this.#looking);
    if (this.#fd !== null) addon().close(this.#fd);
    for (const connection of this.#connections) connection.destroy();
    this.#server?.close();
    this.#datagrams?.close();
    this.#fd = null;
    this.#server = null;
    this.#connections = [];
    this.#datagrams = null;
  }
}

function resultOf(result: number): string {
  return result === 0 ? 'ok' : codeOf(result);
}
