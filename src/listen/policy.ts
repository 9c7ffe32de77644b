/** One answer for every server and udp6 socket of the process: what `v6only/register` installs. */
import { Server } from 'node:net';
import { addon } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { isError } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { interceptPrimaryQueries, isClusterWorker, type PrimaryQuery } from '../runtime/cluster';
import { interceptEveryDatagram } from '../runtime/datagrams';
import { failListen } from '../runtime/failures';
import { networkDenied } from '../runtime/permission';
import {
  argumentsOfListen,
  type BindRequest,
  interceptEveryBind,
  listenGeneration,
  serverDescriptor,
} from '../runtime/servers';
import { requireChoice } from '../runtime/support';
import { setDatagramPolicy } from '../socket/datagram';
import { type ListenPlan, recall } from '../socket/remembered';
import { joinCluster } from '../socket/worker';
import { planWildcards } from './endpoints';
import { TakenListen } from './listen-plan';
import { isStack, STACKS, type Stack, wildcardV6Only } from './stack';

/** In a cluster worker: what the primary is opening for a server. */
const asked = new WeakMap<Server, ListenPlan>();

/**
 * Installs the policy, once, for `listen` without a host, with `''` or `'::'`, and for udp6 sockets on the wildcard.
 * Names, addresses, paths, descriptors, handles, `ipv6Only` and `setV6Only` are left as they are.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for an unknown stack. @throws {SystemError} `unsupported-platform`.
 * @throws {Error} ERR_ADDON_UNAVAILABLE.
 */
export function installPolicy(stack: string): void {
  if (!isStack(stack)) {
    throw invalidArgValue('V6ONLY_STACK', stack, `must be one of ${STACKS.join(', ')}, or empty`);
  }
  addon();
  requireChoice('servers');
  requireChoice('datagrams');
  if (stack !== 'system') interceptEveryDatagram((socket) => setDatagramPolicy(socket, stack !== 'dual'));
  joinCluster();
  // A stock TCP server on [::] is dual-stack already.
  if (stack !== 'dual') installForServers(stack);
}

function installForServers(stack: Stack): void {
  interceptEveryBind((server, request, proceed) => {
    const pending = asked.get(server);
    asked.delete(server);
    if (pending !== undefined) return pending.bind(request, proceed);
    if (!concerns(server, request) || serverDescriptor(server) !== null) return proceed(request);
    take(server, stack, request.port ?? 0).bind(request, proceed);
  });
  if (!isClusterWorker()) return;
  interceptPrimaryQueries((owner, query, reply, ask) => {
    if (!(owner instanceof Server) || !concerns(owner, query)) return ask(owner, query, reply);
    const plan = take(owner, stack, query.port ?? 0);
    asked.set(owner, plan);
    plan.askPrimary(query, reply, ask);
  });
}

function take(server: Server, stack: Stack, port: number): ListenPlan {
  const plan = planWildcards(stack, wildcardV6Only(stack), 'listen');
  const generation = listenGeneration(server);
  const taken = new TakenListen(server, { port, required: 'any', plan }, (error) => {
    if (asked.get(server) === taken) asked.delete(server);
    // As without this package, a listen that was closed or called again ends in silence.
    if (generation !== listenGeneration(server)) return;
    if (!isError(error)) throw error;
    failListen(server, error);
  });
  return taken;
}

/** Whether the policy decides for this bind: the wildcard, and nothing said by anybody. */
function concerns(server: Server, { address, addressType, fd }: BindRequest | PrimaryQuery): boolean {
  const memory = recall(server);
  if (memory?.v6Only !== undefined || memory?.plan !== undefined) return false;
  // Node refuses by itself, and nothing may be opened before it does.
  if (networkDenied()) return false;
  if (addressType === -1 || typeof fd === 'number' || !isWildcard(address)) return false;
  const { host, ipv6Only } = argumentsOfListen(server);
  // A name may stand for the wildcard too.
  return ipv6Only === undefined && (typeof host !== 'string' || isWildcard(host));
}

function isWildcard(address: string | null): boolean {
  return !address || isIPv6Wildcard(address);
}
