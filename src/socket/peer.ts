import { isIP, Server, Socket } from 'node:net';
import { isIPv4Mapped, unmapIPv4 } from '../kernel/address';
import { cannotChange, invalidArgType } from '../kernel/node-errors';
import { requireNetServer } from '../runtime/support';

/** The other end of a connection. */
export interface PeerAddress {
  /** Plain IPv4 for an IPv4 client, whatever socket it arrived on. */
  address: string;
  /** The family of `address`. */
  family: 'IPv4' | 'IPv6';
  /** The peer's port. */
  port: number;
  /** Whether Node reports the address as IPv4-mapped: an IPv4 client on an AF_INET6 socket. */
  mapped: boolean;
}

/** Some frameworks pass an object that stands for the socket. */
type HasPeer = Pick<Socket, 'destroyed' | 'remoteAddress' | 'remotePort'>;

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/** By the result of `net.isIP`. */
const FAMILIES: Readonly<Record<number, PeerAddress['family']>> = { 4: 'IPv4', 6: 'IPv6' };

const guarded = new WeakSet<Server>();

/**
 * Returns the other end of a connection, in the form that access lists and logs use: an IPv4 client of a
 * dual-stack listener as `192.0.2.1`, not `::ffff:192.0.2.1`.
 *
 * @param socket - A connection: that of a `'connection'` event, `request.socket`, `response.socket`, `session.socket`.
 * @returns null if there is no peer: the socket is destroyed or not connected. Also for a UNIX socket, whose peer has
 * no address.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for anything that isn't an object.
 * @category Addresses of clients
 * @example
 * ```js
 * const net = require('node:net');
 * const { peerAddress } = require('v6only');
 *
 * const server = net.createServer((socket) => {
 *   const { address, family, mapped } = peerAddress(socket);
 *   console.log({ address, family, mapped });
 *   socket.destroy();
 *   server.close();
 * });
 * server.listen(0, () => net.connect(server.address().port, '127.0.0.1'));
 * ```
 *
 * ```
 * { address: '127.0.0.1', family: 'IPv4', mapped: true }
 * ```
 */
export function peerAddress(socket: HasPeer | null | undefined): PeerAddress | null {
  // The `socket` of a response is null once the response has ended.
  if (socket === null || socket === undefined) return null;
  if (typeof socket !== 'object') throw invalidArgType('socket', 'a net.Socket', socket);
  const { destroyed, remoteAddress, remotePort } = readPeer(socket);
  if (destroyed || typeof remoteAddress !== 'string' || typeof remotePort !== 'number') return null;
  const address = unmapIPv4(remoteAddress);
  const family = FAMILIES[isIP(address)];
  return family === undefined
    ? null
    : { address, family, port: remotePort, mapped: address !== remoteAddress };
}

/** Reads all at once, because the `session.socket` of an HTTP/2 session throws when its socket is gone. */
function readPeer(socket: HasPeer): Partial<HasPeer> {
  try {
    const { destroyed, remoteAddress, remotePort } = socket;
    return { destroyed, remoteAddress, remotePort };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_HTTP2_SOCKET_UNBOUND') return {};
    throw error;
  }
}

/**
 * Makes a server IPv6-only although its socket is not: for a dual-stack socket that something else opened, such as
 * systemd or a parent process. A connection from an IPv4-mapped peer is closed before any listener
 * sees it, including existing ones and ones prepended later; the client's connection is accepted and then closed.
 *
 * The server gets its own `emit`, which stops `'connection'` events of such peers, because that is the only
 * place before all listeners. Node has counted the connection by then, and `destroy()` uncounts it immediately, so
 * `getConnections()`, `maxConnections` and `close()` stay right. Everything else is passed to the server's previous
 * `emit`.
 *
 * @param server - A `net`, `http`, `https`, `http2` or `tls` server, listening or not. A second call has no effect.
 * @returns The same server.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE for anything else; ERR_INVALID_ARG_VALUE for a frozen one.
 * @throws {SystemError} ENOTSUP `unsupported-runtime` for an http or https server of Bun.
 * @category Addresses of clients
 * @example
 * ```js
 * const net = require('node:net');
 * const { rejectIPv4Mapped } = require('v6only');
 *
 * const server = rejectIPv4Mapped(net.createServer(() => console.log('never for an IPv4 client')));
 * server.listen(0, () => {
 *   net.connect(server.address().port, '127.0.0.1').on('close', () => {
 *     console.log('closed');
 *     server.close();
 *   });
 * });
 * ```
 *
 * ```
 * closed
 * ```
 */
export function rejectIPv4Mapped<S extends Server>(server: S): S {
  if (!(server instanceof Server)) {
    requireNetServer(server, 'accept');
    throw invalidArgType('server', 'a net.Server', server);
  }
  if (guarded.has(server)) return server;
  const inherited = !Object.hasOwn(server, 'emit');
  const own: Emit = server.emit;
  const emit: Emit = function (this: Server, event, ...args) {
    if (event === 'connection' && closeMapped(args[0])) return false;
    // Looked up each time: tracing tools may replace the prototype's later.
    const next: Emit = inherited ? Object.getPrototypeOf(server).emit : own;
    return Reflect.apply(next, this, [event, ...args]);
  };
  const property = { value: emit, writable: true, configurable: true, enumerable: false };
  if (!Reflect.defineProperty(server, 'emit', property)) throw cannotChange('server', server, 'emit');
  guarded.add(server);
  return server;
}

/**
 * `server.emit('connection', stream)` may pass any stream as a connection. If the peer has already reset the
 * connection, the system no longer reports its address, but still delivers the data it sent; the local address remains,
 * and is IPv4-mapped exactly when the peer's is.
 */
function closeMapped(connection: unknown): boolean {
  if (!(connection instanceof Socket)) return false;
  if (!isIPv4Mapped(connection.remoteAddress ?? connection.localAddress)) return false;
  connection.destroy();
  return true;
}
