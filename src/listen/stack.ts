import type { Server } from 'node:net';
import { invalidArgValue } from '../kernel/node-errors';
import { defaultV6Only } from '../machine/defaults';
import { recall } from '../socket/record';

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

/** @throws {TypeError} ERR_INVALID_ARG_VALUE where an earlier `setV6Only` says otherwise. */
export function requireSameStack(server: Server, stack: Stack): void {
  const earlier = recall(server)?.v6Only;
  if (earlier === undefined || earlier === wildcardV6Only(stack)) return;
  throw invalidArgValue('options.stack', stack, `contradicts the earlier setV6Only(server, ${earlier})`);
}
