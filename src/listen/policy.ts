/** One answer for every server and udp6 socket of the process: what `v6only/register` installs. */
import { addon } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { invalidArgValue } from '../kernel/node-errors';
import { interceptEveryDatagram } from '../runtime/datagrams';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { type Binder, installPolicyBinder } from '../socket/binder';
import { setDatagramPolicy } from '../socket/datagram';
import { isGiven } from '../socket/given';
import { planWildcards } from './endpoints';
import { isStack, STACKS, type Stack, wildcardV6Only } from './stack';
import { StackBinder } from './stack-binder';

/**
 * Installs the policy, once, for `listen` without a host, with `''` or `'::'`, and for udp6 sockets on the wildcard.
 * Names, addresses, paths, descriptors, handles, `ipv6Only` and `setV6Only` are left as they are.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown stack. @throws {SystemError} `unsupported-platform`,
 * `unsupported-runtime`. @throws {Error} ERR_ADDON_UNAVAILABLE.
 */
export function installPolicy(stack: string): void {
  if (!isStack(stack)) {
    throw invalidArgValue('V6ONLY_STACK', stack, `must be one of ${STACKS.join(', ')}, or empty`);
  }
  addon();
  requireSupport('chooseServer', 'listen');
  requireSupport('chooseDatagram', 'bind');
  if (stack !== 'system') interceptEveryDatagram((socket) => setDatagramPolicy(socket, stack !== 'dual'));
  // A stock TCP server on [::] is dual-stack already.
  if (stack !== 'dual') installPolicyBinder((_server, options) => policyFor(stack, options));
}

interface ListenOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly ipv6Only?: unknown;
}

/** Decides for the wildcard, where nobody has said anything. */
function policyFor(stack: Stack, options: object): Binder | undefined {
  const { host, port, path, ipv6Only }: ListenOptions = options;
  // Node refuses by itself, and nothing may be opened before it does.
  if (ipv6Only !== undefined || isGiven(options) || networkDenied()) return undefined;
  if (host && !(typeof host === 'string' && isIPv6Wildcard(host))) return undefined;
  if (port === undefined && path !== undefined) return undefined;
  return wildcardsOf(stack);
}

/** The machine is looked at when the listen begins, where what is missing is that listen's error. */
function wildcardsOf(stack: Stack): Binder {
  let binder: StackBinder | undefined;
  return {
    begin(attempt) {
      binder = new StackBinder(planWildcards(stack, wildcardV6Only(stack), 'listen').endpoints);
      return binder.begin(attempt);
    },
    opened: (attempt) => binder?.opened(attempt),
  };
}
