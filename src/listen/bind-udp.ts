import type dgram from 'node:dgram';
import { addon } from '../kernel/addon';
import { abortError, accessDenied, invalidArgType } from '../kernel/node-errors';
import { datagramDescriptor } from '../runtime/datagrams';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { type Missing, planEndpoints, requireFamilies } from './endpoints';
import { openDatagrams } from './open-datagrams';
import { type BindUdpOptions, checkBindUdpOptions } from './options';
import { choiceOf } from './stack';

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
  requireSupport('chooseDatagram', 'bind');
  if (networkDenied()) throw accessDenied('::');
  const { signal, stack, ports, required } = checked;
  if (signal?.aborted) throw abortError(signal.reason);
  const plan = await planEndpoints(checked.hosts, choiceOf(stack ?? 'split'), 'bind');
  requireFamilies(plan, required, 'bind');
  const { port: bound, sockets } = await openDatagrams(plan, ports.port, checked.reuseAddr);
  const close = closer(sockets, signal);
  if (signal?.aborted) {
    await close();
    throw abortError(signal.reason);
  }
  for (const socket of sockets) {
    if (onMessage !== undefined) socket.on('message', (message, rinfo) => onMessage(message, rinfo, socket));
  }
  return { port: bound, sockets, missing: [...plan.missing], close };
}

function closer(sockets: readonly dgram.Socket[], signal: AbortSignal | undefined): () => Promise<void> {
  const open = new Set(sockets);
  const closeAll = (): void => {
    // One that the user closed has no handle, and its 'close' is on its way.
    for (const socket of open) if (datagramDescriptor(socket) !== 'closed') socket.close();
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
