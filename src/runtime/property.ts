/** Our properties on the user's objects. */
import { cannotChange } from '../kernel/node-errors';

export function method<F>(target: object, name: string): F {
  return Reflect.get(target, name);
}

/** An own property that other code may replace, enumerable only if it replaces an enumerable one. */
export function hide(target: object, name: string | symbol, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  const property = { value, writable: true, configurable: true, enumerable };
  // A proxy may report success without changing anything.
  if (Reflect.defineProperty(target, name, property) && Object.hasOwn(target, name)) return;
  throw cannotChange('target', target, String(name));
}
