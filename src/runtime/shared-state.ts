/** State shared by all copies of the package in this thread. */
import { Server } from 'node:net';

/** Created by the first copy that needs it. The name includes a version; another version has its own state. */
export function sharedState<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(name);
  const known: T | undefined = Reflect.get(Server, key);
  if (known !== undefined) return known;
  const made = make();
  // On Node's own class, which Jest's registries and other realms also share. If frozen, each copy has its own state.
  Reflect.defineProperty(Server, key, { value: made });
  return made;
}
