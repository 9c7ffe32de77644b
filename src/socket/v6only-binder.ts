/** What each `listen()` of a server becomes after `setV6Only(server, v6Only)`: one IPv6 socket with that option. */
import { isIP, type Server } from 'node:net';
import { optionDecides } from '../kernel/accepts';
import { TYPE } from '../kernel/addon';
import { isIPv4Mapped, isIPv6Wildcard, isLinkLocal } from '../kernel/address';
import { setDescriptor, verifyBound } from '../kernel/descriptor';
import { mismatch, notIPv6, SystemError, unsupportedRuntime } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { requireIPv4WildcardFree } from '../machine/conflicts';
import { warnIfUnreachable } from '../machine/interfaces';
import { findListenerOf } from '../machine/listeners';
import { isClusterWorker } from '../runtime/cluster';
import { serverDescriptor } from '../runtime/descriptors';
import { type Answer, type FoundAddress, lookupAll } from '../runtime/lookup';
import type { Change } from '../runtime/redirect';
import { dropsIPv6OnlyWithoutHost } from '../runtime/support';
import type { Attempt } from './attempt';
import type { Binder } from './binder';
import { adoptGiven, isGiven } from './given';
import { recall } from './record';
import { failLookup } from './refusal';

/** The options of `listen`, each read when it is needed; a user's object may answer anything. */
interface ListenOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly ipv6Only?: unknown;
  readonly exclusive?: unknown;
  readonly reusePort?: unknown;
}

export const v6OnlyBinder: Binder = {
  begin(attempt) {
    const options: ListenOptions = attempt.options;
    const v6Only = chosenV6Only(attempt.server);
    requireSameOption(attempt.server, options);
    if (isGiven(options)) return adoptGiven(attempt, options, (fd) => setDescriptor(fd, v6Only));
    requireNoPath(options);
    return options.host
      ? onHost(attempt, options, options.host, v6Only)
      : onWildcard(attempt, options, v6Only);
  },

  opened({ server, options, given }) {
    const v6Only = chosenV6Only(server);
    verifyServer(server, v6Only);
    const { host }: ListenOptions = options;
    const wildcard = !host || (typeof host === 'string' && isIPv6Wildcard(host));
    if (v6Only && wildcard && !given) warnIfUnreachable();
  },
};

/** A server that has this binder has a value. */
function chosenV6Only(server: Server): boolean {
  return recall(server)?.v6Only ?? true;
}

/** @throws {TypeError} ERR_INVALID_ARG_VALUE, which `listen` throws. */
export function requireSameOption(server: Server, { ipv6Only }: ListenOptions): void {
  const v6Only = recall(server)?.v6Only;
  if (v6Only === undefined || ipv6Only === undefined || ipv6Only === v6Only) return;
  const problem = `contradicts setV6Only(server, ${v6Only}); leave it out, or call setV6Only again`;
  throw invalidArgValue('options.ipv6Only', ipv6Only, problem);
}

/** Node uses a path where no port was given (lib/net.js, Server.prototype.listen). */
function requireNoPath(options: ListenOptions): void {
  const { port, path } = options;
  if ('port' in options && port !== null && typeof port !== 'number' && typeof port !== 'string') return;
  if ('port' in options || typeof path !== 'string' || Number(path) >= 0) return;
  throw refusal(`${path} is a path, not an IPv6 address`, path);
}

function refusal(problem: string, address?: string, port?: unknown): SystemError {
  const number = Number(port);
  const known = Number.isInteger(number) && number >= 0 ? number : undefined;
  return notIPv6('listen', `setV6Only was called on this server, and ${problem}`, address, known);
}

/**
 * At once, as Node without a host: so the address is looked up in the call. With the host '::' Node never goes on to
 * 0.0.0.0. A cluster primary is asked as stock Node asks, or its other workers would not share the socket.
 */
function onWildcard(attempt: Attempt, options: ListenOptions, v6Only: boolean): Change {
  const flag = { ipv6Only: () => v6Only };
  const shared = isClusterWorker() && options.exclusive !== true && options.reusePort !== true;
  if (shared && !(v6Only && dropsIPv6OnlyWithoutHost(process.version))) return flag;
  return {
    ...flag,
    host: '::',
    lookup: (_host, answer) => answerOne(attempt, options, { address: '::', family: 6 }, v6Only, answer),
  };
}

function onHost(attempt: Attempt, options: ListenOptions, host: unknown, v6Only: boolean): Change {
  const { port } = options;
  if (typeof host === 'string' && isIP(host) !== 0 && !fits(v6Only, { address: host, family: isIP(host) })) {
    throw notUsable(host, port);
  }
  return {
    ipv6Only: () => v6Only,
    lookup: (name, answer) => {
      lookupAll(host, (error, addresses) => {
        if (error !== null) return answer(error, []);
        const picked = pick(addresses, v6Only);
        if (picked === undefined) return failLookup(attempt, noneFits(name, addresses, port), answer);
        answerOne(attempt, options, picked, v6Only, answer);
      });
    },
  };
}

function fits(v6Only: boolean, { address, family }: FoundAddress): boolean {
  return family === 6 && !(v6Only && isIPv4Mapped(address));
}

/** The first that fits, one that is not link-local before one that is (lib/net.js, filterOnlyValidAddress). */
function pick(addresses: readonly FoundAddress[], v6Only: boolean): FoundAddress | undefined {
  const fitting = addresses.filter((found) => fits(v6Only, found));
  return fitting.find(({ address }) => !isLinkLocal(address)) ?? fitting[0];
}

function notUsable(address: string, port: unknown): SystemError {
  const problem = isIPv4Mapped(address)
    ? `${address} is IPv4-mapped, which an IPv6-only socket cannot be bound to`
    : `${address} is an IPv4 address; listen on '::' or another IPv6 address instead`;
  return refusal(problem, address, port);
}

function noneFits(name: string, [first]: readonly FoundAddress[], port: unknown): SystemError {
  const address = first?.address;
  if (address === undefined || isIP(name) !== 0) return notUsable(address ?? name, port);
  return refusal(`${name} has no IPv6 address (only ${address})`, address, port);
}

/** Where a dual-stack socket would take, or lose, the IPv4 clients of another one, it is not opened. */
function answerOne(
  attempt: Attempt,
  options: ListenOptions,
  found: FoundAddress,
  v6Only: boolean,
  answer: Answer,
): void {
  try {
    const { port, reusePort } = options;
    const number = Number(port);
    if (!v6Only && reusePort !== true) {
      requireIPv4WildcardFree({
        syscall: 'listen',
        type: TYPE.stream,
        address: found.address,
        port: number || 0,
      });
    }
    answer(null, [found]);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    failLookup(attempt, error, answer);
  }
}

/** Reads back what the kernel has. @throws {SystemError} `mismatch`, `not-ipv6`, `unsupported-runtime`. */
function verifyServer(server: Server, v6Only: boolean): void {
  const fd = serverDescriptor(server);
  if (typeof fd === 'number') verifyBound(fd, v6Only, 'listen');
  else if (fd === 'hidden') verifyHidden(server, v6Only);
}

/**
 * Under round-robin a cluster worker has no descriptor: its primary's socket is looked up in the kernel, by address and
 * port. Where the kernel does not tell, `getV6Only` says so.
 */
function verifyHidden(server: Server, v6Only: boolean): void {
  const listener = findListenerOf(server);
  if (listener === undefined) {
    if (isClusterWorker()) return;
    throw unsupportedRuntime('the socket of this server cannot be found, so its option is unknown', 'listen');
  }
  const { address, port } = listener;
  if (listener.v6Only === null) throw notIPv6('listen', `the server listens on ${address}`, address, port);
  if (optionDecides(address) && listener.v6Only !== v6Only)
    throw mismatch('listen', v6Only, listener.v6Only, listener);
}
