/** A udp socket whose state dgram does not show: it is bound here, and handed over by its descriptor. */
import type dgram from 'node:dgram';
import { isIP } from 'node:net';
import { hide, method } from './property';

/** @returns a bound descriptor; an error for Node to report; null to leave this bind to Node. */
export type Prepare = (address: string, port: number, exclusive: boolean) => number | Error | null;

type Bind = (...args: unknown[]) => unknown;

interface BindOptions {
  readonly fd?: unknown;
  readonly recvStart?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly exclusive?: unknown;
}

const MEMBERSHIP = ['addMembership', 'addSourceSpecificMembership'] as const;

/** libuv binds the socket in these by itself, past every seam that is left. */
function refuseUnboundMembership(socket: dgram.Socket, refuse: () => Error): void {
  for (const name of MEMBERSHIP) {
    const next = method<Bind>(socket, name);
    hide(socket, name, function (this: unknown, ...args: unknown[]): unknown {
      if (!isBound(socket)) throw refuse();
      return next.apply(this, args);
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

/** `send` and `connect` of an unbound socket call its `bind` too (lib/dgram.js). */
export function interceptHiddenBind(
  socket: dgram.Socket,
  prepare: Prepare,
  adopted: (fd: number) => void,
  refuse: () => Error,
): void {
  refuseUnboundMembership(socket, refuse);
  const next = method<Bind>(socket, 'bind');
  let binding = false;
  hide(socket, 'bind', function bind(this: unknown, ...args: unknown[]): unknown {
    const [first, second] = args;
    const options: BindOptions = Object(first);
    const address = (typeof second === 'string' ? second : options.address) || '::';
    const isGiven = typeof options.fd === 'number' || typeof options.recvStart === 'function';
    if (isGiven || typeof address !== 'string' || isIP(address) === 0) return next.apply(this, args);
    if (binding) return this;
    binding = true;
    const port = Number(typeof first === 'object' ? options.port : first) || 0;
    // Node looks the address up first, and 'listening' is emitted after the call.
    process.nextTick(() => {
      binding = false;
      const prepared = prepare(address, port, options.exclusive === true);
      if (prepared === null) next.apply(this, args);
      else if (typeof prepared === 'number') {
        next.call(this, { fd: prepared, exclusive: true }, args.at(-1));
        adopted(prepared);
      } else socket.emit('error', prepared);
    });
    return this;
  });
}
