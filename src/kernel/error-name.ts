/** Not on each object, where it would be enumerable, and before the stack is written, which begins with it. */
export function nameFor({ prototype, name }: { prototype: Error; name: string }): void {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true });
}
