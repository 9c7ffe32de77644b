import { invalidArgType, invalidArgValue } from './node-errors';

export const MAX_PORT = 65535;

/** An object whose properties are still to be checked, each of them read once. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** @throws {TypeError} for anything but an object, and for a property that would be ignored. */
export function requireKnown(
  name: string,
  value: unknown,
  known: readonly string[],
): asserts value is Unchecked {
  if (typeof value !== 'object' || value === null) throw invalidArgType(name, 'an object', value);
  for (const key in value) {
    if (known.includes(key)) continue;
    const given: unknown = Reflect.get(value, key);
    if (given === undefined) continue;
    throw invalidArgValue(`${name}.${key}`, given, `is not known here; known are ${known.join(', ')}`);
  }
}

/** @throws {TypeError} for anything but a signal or undefined. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isAbortSignal(value)) return value;
  throw invalidArgType('options.signal', 'an AbortSignal', value);
}

/**
 * By its shape, as Node knows one (validateAbortSignal in lib/internal/validators.js): also one of a polyfill or of
 * another realm. Node asks for `aborted` alone, and fails later where the methods are not there. An object that only has
 * the prototype throws when its properties are read.
 */
function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return (
      typeof Reflect.get(value, 'aborted') === 'boolean' &&
      SIGNAL_METHODS.every((name) => typeof Reflect.get(value, name) === 'function')
    );
  } catch {
    return false;
  }
}

const SIGNAL_METHODS = ['addEventListener', 'removeEventListener'];
