/** The policy for all servers and udp6 sockets of the process, installed by `v6only/register`. */
import { addon } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { invalidArgValue } from '../kernel/node-errors';
import { requirePossible } from '../kernel/platforms';
import { interceptEveryDatagram } from '../runtime/datagrams';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { installPolicyBinder } from '../socket/binder';
import { setDatagramPolicy } from '../socket/datagram';
import type { ListenOptions } from '../socket/endpoint-binder';
import { isGiven } from '../socket/given';
import { isStack, STACKS } from './stack';
import { StackBinder } from './stack-binder';

/**
 * Installs the policy, once, for `listen` without a host, with `''` or `'::'`, and for udp6 sockets on the wildcard.
 * Names, addresses, paths, descriptors, handles, `ipv6Only` and `setV6Only` are unaffected.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown stack. @throws {SystemError} `unsupported-platform`,
 * `unsupported-runtime`. @throws {Error} ERR_ADDON_UNAVAILABLE.
 */
export function installPolicy(stack: string): void {
  if (!isStack(stack)) {
    throw invalidArgValue('V6ONLY_STACK', stack, `must be one of ${STACKS.join(', ')}, or empty`);
  }
  requirePossible(stack !== 'dual', 'listen');
  addon();
  requireSupport('chooseServer', 'listen');
  requireSupport('chooseDatagram', 'bind');
  if (stack !== 'system') interceptEveryDatagram((socket) => setDatagramPolicy(socket, stack !== 'dual'));
  // A stock TCP server on [::] is dual-stack already.
  if (stack === 'dual') return;
  const binder = new StackBinder(stack, `V6ONLY_STACK=${stack}`);
  installPolicyBinder((_server, options) => (isUndecided(options) ? binder : undefined));
}

/** Whether this is a listen on the wildcard with no other choice. */
function isUndecided(options: object): boolean {
  const { host, path, ipv6Only }: ListenOptions = options;
  // Node itself refuses, and nothing may be opened before it does.
  if (ipv6Only !== undefined || isGiven(options) || networkDenied()) return false;
  if (host && !(typeof host === 'string' && isIPv6Wildcard(host))) return false;
  // Node treats a `port` property that is undefined as 0, and ignores a path next to it.
  return 'port' in options || path === undefined;
}
