/** For a udp socket whose state dgram hides: it is bound here and passed to Node as a descriptor. */
import type dgram from 'node:dgram';
import { isIP } from 'node:net';
import { addon } from '../kernel/addon';
import { forbidReuse } from '../kernel/descriptor';
import { messageOf, openFailed, unsupportedRuntime } from '../kernel/errors';
import { isClusterWorker } from './cluster';
import type { DatagramHooks } from './datagrams';
import { hide, method } from './property';

type Method = (...args: unknown[]) => unknown;

interface BindOptions {
  readonly fd?: unknown;
  readonly recvStart?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly exclusive?: unknown;
}

interface Asked {
  readonly address: string;
  readonly port: number;
}

/** `send` and `connect` of an unbound socket call its `bind` too (lib/dgram.js). */
export function interceptHiddenBind(socket: dgram.Socket, hooks: DatagramHooks): void {
  refuseUnboundMembership(socket);
  const next = method<Method>(socket, 'bind');
  let binding = false;
  hide(socket, 'bind', function bind(this: unknown, ...args: unknown[]): unknown {
    const asked = askedOf(args);
    if (asked === null) return next.apply(this, args);
    if (binding) return this;
    binding = true;
    // Node looks up the address first, and emits 'listening' after the call.
    process.nextTick(() => {
      binding = false;
      const opened = open(asked, hooks);
      if (opened === null) next.apply(this, args);
      else if (typeof opened !== 'number') socket.emit('error', opened);
      else {
        next.call(this, { fd: opened, exclusive: true }, args.at(-1));
        // libuv turned it on when it adopted the descriptor.
        forbidReuse(opened);
      }
    });
    return this;
  });
}

/** What to bind; null if `bind` is given a socket, has a name to look up, or asks a cluster primary. */
function askedOf([first, second]: readonly unknown[]): Asked | null {
  const options: BindOptions = Object(first);
  const address = (typeof second === 'string' ? second : options.address) || '::';
  const isGiven = typeof options.fd === 'number' || typeof options.recvStart === 'function';
  if (isGiven || typeof address !== 'string' || isIP(address) === 0) return null;
  if (isClusterWorker() && options.exclusive !== true) return null;
  return { address, port: Number(typeof first === 'object' ? options.port : first) || 0 };
}

/**
 * Without flags: dgram doesn't show whether to reuse an address, so it isn't reused.
 * @returns a bound descriptor; an error for Node to report; null to leave this bind to Node.
 */
function open({ address, port }: Asked, hooks: DatagramHooks): number | Error | null {
  const bound: number[] = [];
  const refusal = hooks.beforeBind({ fd: -1, address, port, flags: 0 }, (fd) => {
    const failed = addon().bind(fd, address, port);
    if (failed !== 0) throw openFailed(failed, 'bind', `${messageOf(failed)} ${address}:${port}`);
    bound.push(fd);
    return 0;
  });
  if (typeof refusal === 'number') return bound[0] ?? null;
  for (const fd of bound) addon().close(fd);
  return refusal;
}

const MEMBERSHIP = ['addMembership', 'addSourceSpecificMembership'] as const;

/** These bind the socket inside libuv, bypassing every remaining seam. */
function refuseUnboundMembership(socket: dgram.Socket): void {
  for (const name of MEMBERSHIP) {
    const next = method<Method>(socket, name);
    hide(socket, name, function (this: unknown, ...args: unknown[]): unknown {
      if (isBound(socket)) return next.apply(this, args);
      throw unsupportedRuntime('this runtime hides how a membership binds the socket; call bind() before it');
    });
  }
}

function isBound(socket: dgram.Socket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}
