import { invalidArgType, invalidArgValue } from './errors';

/** An object whose properties are still to be checked, each of them read once. */
export type Given = Readonly<Record<string, unknown>>;

/** @throws {TypeError} for what is no object, and for a property that nobody would look at. */
export function requireKnown(name: string, value: unknown, known: readonly string[]): asserts value is Given {
  if (typeof value !== 'object' || value === null) throw invalidArgType(name, 'an object', value);
  for (const key in value) {
    if (known.includes(key)) continue;
    const given: unknown = Reflect.get(value, key);
    if (given === undefined) continue;
    throw invalidArgValue(`${name}.${key}`, given, `is not known here; known are ${known.join(', ')}`);
  }
}
