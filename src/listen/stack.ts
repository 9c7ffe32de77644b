import type { Server } from 'node:net';
import { invalidArgValue } from '../kernel/node-errors';
import { requirePossible } from '../kernel/platforms';
import { defaultV6Only } from '../machine/defaults';
import type { Binder } from '../socket/binder';
import { chosenBinder, recall } from '../socket/record';

/** Which sockets a wildcard opens: see `listen`. */
export type Stack = 'split' | 'ipv6' | 'dual' | 'system';

/**
 * When an IPv4 socket is opened: beside the IPv6 wildcard, instead of it if the machine has no IPv6, only for a host
 * with an IPv4 address, or never.
 */
type IPv4Sockets = 'beside' | 'instead' | 'named' | 'never';

const IPV4_SOCKETS: Readonly<Record<Stack, IPv4Sockets>> = {
  split: 'beside',
  dual: 'instead',
  system: 'named',
  ipv6: 'never',
};

export const STACKS: readonly unknown[] = ['split', 'ipv6', 'dual', 'system'] satisfies Stack[];

export function isStack(value: unknown): value is Stack {
  return STACKS.includes(value);
}

/** The sockets that a stack, or `setV6Only`, stands for. */
export interface Choice {
  /** The name of the stack; undefined for what `setV6Only` chose. */
  readonly stack: Stack | undefined;
  /** The option of IPv6 sockets. */
  readonly v6Only: boolean;
  readonly ipv4: IPv4Sockets;
  /** Whether an IPv4-mapped address may be bound. */
  readonly mapped: boolean;
}

/** Without IPv6 the option is true, and has no effect. */
export function choiceOf(stack: Stack): Choice {
  requirePossible(stack !== 'dual', 'listen');
  const v6Only = stack === 'system' ? (defaultV6Only() ?? true) : stack !== 'dual';
  return { stack, v6Only, ipv4: IPV4_SOCKETS[stack], mapped: stack === 'dual' };
}

/** The choice for a `listen` that names a stack, or else the one made for the server. */
export function choiceFor(server: Server, stack: Stack | undefined): Choice {
  const chosen = chosenBinder(recall(server));
  if (stack === undefined) return chosen === undefined ? choiceOf('split') : choiceOfBinder(chosen);
  const choice = choiceOf(stack);
  const earlier = recall(server)?.v6Only;
  if (chosen !== undefined && chosen === earlier && earlier.v6Only !== choice.v6Only)
    throw invalidArgValue('options.stack', stack, `contradicts the earlier ${earlier.chosenBy}`);
  return choice;
}

function choiceOfBinder({ stack, v6Only }: Binder): Choice {
  if (isStack(stack)) return choiceOf(stack);
  return { stack: undefined, v6Only, ipv4: 'never', mapped: !v6Only };
}
