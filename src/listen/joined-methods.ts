/** A server's own methods, which act on all its sockets. Node's methods are still called. */
import type { Server } from 'node:net';
import { abortError } from '../kernel/node-errors';
import { hide, method } from '../runtime/property';
import { remember } from '../socket/binder';
import { recall } from '../socket/record';

type Method = (...args: unknown[]) => unknown;

/** Calls `before` before a method, wherever it is inherited from at the time of the call. */
function putBefore(server: Server, name: string, before: () => void): void {
  const own = Object.hasOwn(server, name) ? method<Method>(server, name) : undefined;
  hide(server, name, function (this: unknown, ...args: unknown[]): unknown {
    before();
    return Reflect.apply(own ?? method<Method>(Object.getPrototypeOf(server), name), this, args);
  });
}

/** Once for each server. */
export function joinMethods(server: Server): void {
  const record = remember(server);
  if (record.joined) return;
  record.joined = true;
  putBefore(server, 'close', () => {
    record.waiting?.failed(abortError(undefined));
    record.attempt?.leave();
  });
  putBefore(server, 'ref', () => record.attempt?.companions?.ref());
  putBefore(server, 'unref', () => record.attempt?.companions?.unref());
  joinCount(server);
}

type Counted = (error: Error | null, connections: number) => void;

function joinCount(server: Server): void {
  type GetConnections = (callback: Counted) => Server;
  const own = Object.hasOwn(server, 'getConnections')
    ? method<GetConnections>(server, 'getConnections')
    : undefined;
  hide(server, 'getConnections', function getConnections(this: Server, callback: Counted): Server {
    const next = own ?? method<GetConnections>(Object.getPrototypeOf(server), 'getConnections');
    const companions = recall(server)?.attempt?.companions;
    // Node refuses anything that isn't a function.
    if (companions === undefined || typeof callback !== 'function') return next.call(this, callback);
    return next.call(this, (error, count) => {
      if (error) return callback(error, count);
      companions.count((failed, others) => callback(failed, count + others));
    });
  });
}
