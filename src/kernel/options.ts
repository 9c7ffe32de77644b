import { invalidArgType, invalidArgValue } from './node-errors';

export const MAX_PORT = 65535;

/** An object whose properties are unchecked; each is read once. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** @throws {TypeError} for anything but an object, and for an unknown property. */
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
    throw invalidArgValue(
      `${name}.${key}`,
      given,
      `is not a known option; known options are ${known.join(', ')}`,
    );
  }
}

/** @throws {TypeError} for anything but a signal or undefined. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isAbortSignal(value)) return value;
  throw invalidArgType('options.signal', 'an AbortSignal', value);
}

/**
 * Recognized by its shape, as in Node (validateAbortSignal in lib/internal/validators.js): also one of a polyfill or of
 * another realm. Node checks only `aborted`, and fails later if the methods are missing. An object that only has
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
