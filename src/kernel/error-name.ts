/** On the prototype, because it would be enumerable on each object, and before the stack, which begins with it. */
export function nameFor({ prototype, name }: { prototype: Error; name: string }): void {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true });
}
