/** Methods that stand in front of others, on one object or in place. */
import { cannotChange } from '../kernel/node-errors';

export function method<F>(target: object, name: string): F {
  return Reflect.get(target, name);
}

export function ownMethod<F>(target: object, name: string): F | undefined {
  return Object.hasOwn(target, name) ? method<F>(target, name) : undefined;
}

/** An own property that no spread or `Object.keys` meets, unless there was one before, and that anybody may replace. */
export function hide(target: object, name: string, value: unknown): void {
  const enumerable = Object.hasOwn(target, name) && Object.prototype.propertyIsEnumerable.call(target, name);
  const property = { value, writable: true, configurable: true, enumerable };
  if (!Reflect.defineProperty(target, name, property)) throw cannotChange('target', target, name);
}

/** Replaces a method in place: enumerable as before, with the same name and length. */
export function replaceMethod<F extends (...args: never[]) => unknown>(
  target: object,
  name: string,
  make: (next: F) => F,
): void {
  const next = method<F>(target, name);
  const replacement = make(next);
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(replacement, key, { value: next[key], configurable: true });
  }
  Reflect.set(target, name, replacement);
}
