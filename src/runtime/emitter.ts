/** Takes part in what an object emits, before every listener and without being one. */
import type { EventEmitter } from 'node:events';
import { hide, method } from './property';

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/** `lets` says whether an event goes on to the listeners. */
export function guardEmit(
  emitter: EventEmitter,
  lets: (event: string | symbol, args: readonly unknown[]) => boolean,
): void {
  const own = Object.hasOwn(emitter, 'emit') ? method<Emit>(emitter, 'emit') : undefined;
  hide(emitter, 'emit', function emit(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (!lets(event, args)) return false;
    // Looked up each time: tracers replace the one of the prototype, also after this.
    const next = own ?? method<Emit>(Object.getPrototypeOf(emitter), 'emit');
    return Reflect.apply(next, this, [event, ...args]);
  });
}
