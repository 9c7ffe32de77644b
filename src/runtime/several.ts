/** Several sockets for one server. */
import type net from 'node:net';
import { type Connection, deliverHeld, type ListenHandle } from './handles';
import { hide, method } from './property';

/** The one of Node's handles (lib/internal/async_hooks.js). */
let ownerSymbol: symbol | undefined;

/**
 * Lets a listening server accept from more sockets. Node's `onconnection` finds the server through a symbol on the
 * handle that calls it, so a connection from any of them counts, is configured and is emitted alike. The sockets
 * are closed, ref'ed and unref'ed with the server's own one, whoever does that.
 */
export function attachHandles(server: net.Server, others: readonly ListenHandle[]): void {
  const { _handle: main, _unref: unref } = server as net.Server & { _handle: ListenHandle; _unref?: boolean };
  ownerSymbol ??= Object.getOwnPropertySymbols(main).find((symbol) => symbol.description === 'owner_symbol');
  for (const other of others) {
    // Looked up at each connection: who wraps the one of the server's own socket sees all of them.
    Reflect.set(other, 'onconnection', function (this: ListenHandle, ...connection: Connection): void {
      method<(...connection: Connection) => void>(main, 'onconnection').apply(this, connection);
    });
    if (ownerSymbol !== undefined) Reflect.set(other, ownerSymbol, server);
    if (unref) other.unref();
  }
  for (const name of ['close', 'ref', 'unref'] as const) {
    const own = main[name];
    hide(main, name, (...args: []) => {
      for (const other of others) other[name]();
      return own.apply(main, args);
    });
  }
  // After 'listening', which Node has put into this tick's queue.
  process.nextTick(() => {
    for (const handle of [main, ...others]) deliverHeld(handle);
  });
}
