import type dgram from 'node:dgram';
import { addon } from '../kernel/addon';
import { explainBind } from '../kernel/errors';
import { abortError, accessDenied, invalidArgType } from '../kernel/node-errors';
import { datagramDescriptor } from '../runtime/datagrams';
import { networkDenied } from '../runtime/permission';
import { requireChoice } from '../runtime/support';
import { setDatagram } from '../socket/datagram';
import { joinCluster } from '../socket/worker';
import { type Endpoint, type Missing, planEndpoints } from './endpoints';
import { type BoundSocket, type Opener, openSockets } from './open-sockets';
import { type BindUdpOptions, type CheckedBindUdpOptions, checkBindUdpOptions } from './options';
import { wildcardV6Only } from './stack';

/** The datagram, its sender, and the socket it came in on, whose `send()` answers from the same family and port. */
export type OnMessage = (message: Buffer, rinfo: dgram.RemoteInfo, socket: dgram.Socket) => void;

/** What `bindUdp` gives: bound sockets, and the way to close them. */
export interface UdpBinding {
  /** The one port of all sockets. */
  port: number;
  /** IPv6 first. */
  sockets: dgram.Socket[];
  /** The families that this machine does not have and that were left out. */
  missing: Missing[];
  /** Closes every socket; resolves when all are closed. Calling it twice is fine. */
  close(): Promise<void>;
}

/**
 * Binds UDP sockets of both families on one port, or as `stack` says (see `listen`), where a stock udp6 socket
 * follows the sysctl, and `ipv6Only: false` does not change that.
 *
 * All or nothing, as `listen`. Membership in multicast groups is left to the sockets.
 *
 * @param options `port`, `host`, `stack`, `required`, `signal` as for `listen`; `reuseAddr` as Node's.
 * @param onMessage called for every datagram of every socket.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE. @throws {RangeError} ERR_SOCKET_BAD_PORT.
 * @throws {Error} ERR_ACCESS_DENIED of Node's permission model; AbortError; what `dns.lookup` gives; ERR_ADDON_UNAVAILABLE.
 * @throws {SystemError} `no-ipv6`, `not-ipv6`, `bind-failed`, `resources`, `mismatch`, `unsupported-platform`,
 * `unsupported-runtime`.
 */
export async function bindUdp(options: BindUdpOptions, onMessage?: OnMessage): Promise<UdpBinding> {
  const checked = checkBindUdpOptions(options);
  if (onMessage !== undefined && typeof onMessage !== 'function') {
    throw invalidArgType('onMessage', 'a function', onMessage);
  }
  addon();
  requireChoice('datagrams');
  if (networkDenied()) throw accessDenied('::');
  const { signal, stack, port, required } = checked;
  if (signal?.aborted) throw abortError(signal.reason);
  joinCluster();
  const plan = await planEndpoints(checked, wildcardV6Only(stack), 'bind');
  const opened = await openSockets(plan, port, required, datagramOpener(checked));
  const sockets = opened.sockets.map(({ socket }) => socket);
  const close = closer(sockets, signal);
  if (signal?.aborted) {
    await close();
    throw abortError(signal.reason);
  }
  for (const socket of sockets) {
    if (onMessage !== undefined) socket.on('message', (message, rinfo) => onMessage(message, rinfo, socket));
  }
  return { port: opened.sockets[0]?.port ?? 0, sockets, missing: [...opened.missing], close };
}

type BoundDatagram = BoundSocket<dgram.Socket>;

function datagramOpener({ reuseAddr }: CheckedBindUdpOptions): Opener<dgram.Socket, Promise<BoundDatagram>> {
  return {
    syscall: 'bind',
    open: (endpoint, port) => openDatagramSocket(endpoint, port, reuseAddr),
    close: (socket) => void socket.close(),
  };
}

async function openDatagramSocket(
  { family, address, v6Only }: Endpoint,
  port: number,
  reuseAddr: boolean | undefined,
): Promise<BoundDatagram> {
  const { createSocket }: typeof dgram = require('node:dgram');
  const socket = createSocket({ type: family === 'IPv6' ? 'udp6' : 'udp4', reuseAddr });
  try {
    if (v6Only !== null) setDatagram(socket, v6Only);
    await bound(socket, port, address);
    return { socket, port: socket.address().port, v6Only };
  } catch (error) {
    explainBind(error);
    socket.close();
    throw error;
  }
}

function bound(socket: dgram.Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      socket.off('error', onError);
      resolve();
    };
    const onError = (error: Error): void => {
      socket.off('listening', onListening);
      reject(error);
    };
    socket.once('listening', onListening).once('error', onError);
    socket.bind({ port, address });
  });
}

function closer(sockets: readonly dgram.Socket[], signal: AbortSignal | undefined): () => Promise<void> {
  const open = new Set(sockets);
  const closeAll = (): void => {
    // One that the user closed has no handle, and its 'close' is on its way.
    for (const socket of open) if (datagramDescriptor(socket) !== null) socket.close();
    open.clear();
  };
  const closed = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.once('close', () => {
          open.delete(socket);
          resolve();
        });
      }),
  );
  const done = Promise.all(closed).then(() => signal?.removeEventListener('abort', closeAll));
  signal?.addEventListener('abort', closeAll, { once: true });
  return async () => {
    closeAll();
    await done;
  };
}
