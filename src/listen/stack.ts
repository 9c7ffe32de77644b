import { defaultV6Only } from '../machine/defaults';

/** Which sockets a wildcard becomes: see `listen`. */
export type Stack = 'split' | 'ipv6' | 'dual' | 'system';

export const STACKS: readonly unknown[] = ['split', 'ipv6', 'dual', 'system'] satisfies Stack[];

export function isStack(value: unknown): value is Stack {
  return STACKS.includes(value);
}

/** The option that a stack gives an IPv6 wildcard; true without IPv6, where it decides nothing. */
export function wildcardV6Only(stack: Stack): boolean {
  return stack === 'system' ? (defaultV6Only() ?? true) : stack !== 'dual';
}
