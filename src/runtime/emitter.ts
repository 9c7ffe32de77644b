/** Intercepts what an object emits, before all listeners and without being one. */
import type { EventEmitter } from 'node:events';
import { hide, method } from './property';

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/** `lets` returns whether an event reaches the listeners. */
export function guardEmit(
  emitter: EventEmitter,
  lets: (event: string | symbol, args: readonly unknown[]) => boolean,
): void {
  const own = Object.hasOwn(emitter, 'emit') ? method<Emit>(emitter, 'emit') : undefined;
  hide(emitter, 'emit', function emit(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (!lets(event, args)) return false;
    // Looked up each time: tracers may replace the prototype's later.
    const next = own ?? method<Emit>(Object.getPrototypeOf(emitter), 'emit');
    return Reflect.apply(next, this, [event, ...args]);
  });
}
