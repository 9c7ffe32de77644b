/** A failed listen or bind, as Node reports it. */
import { channel } from 'node:diagnostics_channel';
import { type EventEmitter, errorMonitor } from 'node:events';
import type net from 'node:net';

/**
 * Lets `change` see the error that Node emits before this tick's queue has run, without counting as a listener
 * for it: Node emits a failed listen from process.nextTick, a failed udp bind at once.
 */
export function beforeErrorOfThisTick(emitter: EventEmitter, change: (error: unknown) => void): void {
  emitter.once(errorMonitor, change);
  process.nextTick(() => emitter.removeListener(errorMonitor, change));
}

const listenFailed = channel('tracing:net.server.listen:error');

/** Reports an error of ours as Node reports a failed listen: to the diagnostics channel, and as an event. */
export function failListen(server: net.Server, error: Error): void {
  if (listenFailed.hasSubscribers) listenFailed.publish({ server, error });
  process.nextTick(() => server.emit('error', error));
}
