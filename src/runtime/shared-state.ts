/** State that all copies of the package in this thread have in common. */
import { Server } from 'node:net';

/** Made by the first copy that asks; the name has a version, and another version has a state of its own. */
export function sharedState<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(name);
  const known: T | undefined = Reflect.get(Server, key);
  if (known !== undefined) return known;
  const made = make();
  // On Node's own class, which Jest's registries and other realms share too. Where it is frozen, each copy has its own.
  Reflect.defineProperty(Server, key, { value: made });
  return made;
}
