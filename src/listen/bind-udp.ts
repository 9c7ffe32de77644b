import type dgram from 'node:dgram';
import { addon } from '../kernel/addon';
import { callerOf, withCaller } from '../kernel/explain';
import { abortError, accessDenied, invalidArgType } from '../kernel/node-errors';
import { datagramDescriptor } from '../runtime/datagrams';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { type Missing, planEndpoints, requireFamilies } from './endpoints';
import { openDatagrams } from './open-datagrams';
import { choiceOf } from './stack';
import { type BindUdpOptions, type CheckedBindUdpOptions, checkBindUdpOptions } from './udp-options';
import { sendThrough, type UdpSend } from './udp-send';

/** The datagram, its sender, and the socket it arrived on, whose `send()` answers from the same family and port. */
export type OnMessage = (message: Buffer, rinfo: dgram.RemoteInfo, socket: dgram.Socket) => void;

/** The result of `bindUdp`: bound sockets, and functions to send and close. */
export interface UdpBinding {
  /** The port of all sockets. */
  port: number;
  /** IPv6 first. */
  sockets: dgram.Socket[];
  /** The families that were left out because this machine doesn't have them. */
  missing: Missing[];
  /**
   * Sends through the socket of the address's family, or IPv4 through a dual-stack socket if that is the only one. A
   * name is looked up, and the first address that a socket can reach is used. Without an address, sends to the loopback
   * address of a family that has a socket.
   *
   * With a callback it works like dgram's `send`, otherwise it returns a promise of the number of bytes. An address of
   * a family that no socket has is an error in the callback or a rejection: `not-ipv6` for IPv4, else `no-ipv6`.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE. @throws {RangeError} ERR_SOCKET_BAD_PORT.
   */
  send: UdpSend;
  /** Closes every socket; resolves when all are closed. Calling it twice is fine. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Binds UDP sockets of both families on one port, or as `stack` says (see `listen`), whereas a stock udp6 socket
 * follows the sysctl, even with `ipv6Only: false`.
 *
 * All or nothing, like `listen`. To join multicast groups, use the sockets.
 *
 * @param options `port`, `host`, `stack`, `required`, `signal` as in `listen`; `reuseAddr`, `reusePort`, `exclusive`,
 * `recvBufferSize`, `sendBufferSize` as in dgram; `lookup` instead of `dns.lookup`.
 * @param onMessage called for every datagram of every socket.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE. @throws {RangeError} ERR_SOCKET_BAD_PORT,
 * ERR_OUT_OF_RANGE.
 * @throws {Error} ERR_ACCESS_DENIED of Node's permission model; AbortError; errors of `dns.lookup`;
 * ERR_ADDON_UNAVAILABLE.
 * @throws {SystemError} `no-ipv6`, `not-ipv6`, `bind-failed`, `resources`, `mismatch`, `unsupported-platform`,
 * `unsupported-runtime`.
 * @category Datagrams
 * @example
 * ```js
 * const { bindUdp } = require('v6only');
 *
 * const udp = bindUdp({ port: 0 }, async (message, { family }) => {
 *   console.log(String(message), 'over', family);
 *   await (await udp).close();
 * });
 * udp.then(({ send, port }) => send('hello', port, '127.0.0.1'));
 * ```
 *
 * ```
 * hello over IPv4
 * ```
 */
export function bindUdp(options: BindUdpOptions, onMessage?: OnMessage): Promise<UdpBinding> {
  const caller = callerOf(bindUdp);
  return bind(options, onMessage).catch((error) => {
    throw withCaller(error, caller);
  });
}

async function bind(options: BindUdpOptions, onMessage: OnMessage | undefined): Promise<UdpBinding> {
  const checked = checkBindUdpOptions(options);
  try {
    if (onMessage !== undefined && typeof onMessage !== 'function')
      throw invalidArgType('onMessage', 'a function', onMessage);
    addon();
    requireSupport('chooseDatagram', 'bind');
    if (networkDenied()) throw accessDenied('::');
    return await open(checked, onMessage);
  } finally {
    checked.ports.end();
  }
}

async function open(checked: CheckedBindUdpOptions, onMessage: OnMessage | undefined): Promise<UdpBinding> {
  const { hosts, stack = 'split', required, lookup, signal } = checked;
  if (signal?.aborted) throw abortError(signal.reason);
  const plan = await planEndpoints(hosts, choiceOf(stack), 'bind', lookup);
  requireFamilies(plan, required, 'bind');
  const { port, bound } = await openDatagrams(plan, checked);
  const sockets = bound.map(({ socket }) => socket);
  const close = closer(sockets, signal);
  if (signal?.aborted) {
    await close();
    throw abortError(signal.reason);
  }
  for (const socket of sockets) {
    if (onMessage !== undefined) socket.on('message', (message, rinfo) => onMessage(message, rinfo, socket));
  }
  return {
    port,
    sockets,
    missing: [...plan.missing],
    send: sendThrough(bound, lookup),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closer(sockets: readonly dgram.Socket[], signal: AbortSignal | undefined): () => Promise<void> {
  const open = new Set(sockets);
  const closeAll = (): void => {
    // A socket closed by the user has no handle, and its 'close' is pending.
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
