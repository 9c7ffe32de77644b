/** Properties of ours on objects of the user's. */
import { cannotChange } from '../kernel/node-errors';

export function method<F>(target: object, name: string): F {
  return Reflect.get(target, name);
}

/** An own property that no spread or `Object.keys` shows, unless there was one before, and that other code may replace. */
export function hide(target: object, name: string | symbol, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  const property = { value, writable: true, configurable: true, enumerable };
  // A proxy may say that it has changed and not change.
  if (Reflect.defineProperty(target, name, property) && Object.hasOwn(target, name)) return;
  throw cannotChange('target', target, String(name));
}
