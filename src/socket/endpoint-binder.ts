/** Gives a server its first socket at each `listen`, on the first of the endpoints chosen by a subclass. */
import { TYPE } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { debug } from '../kernel/debug';
import { SystemError } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { requireIPv4WildcardFree } from '../machine/conflicts';
import { isClusterWorker } from '../runtime/cluster';
import { type Answer, type FoundAddress, lookupAll } from '../runtime/lookup';
import type { Change } from '../runtime/redirect';
import { dropsIPv6OnlyWithoutHost } from '../runtime/support';
import type { Attempt } from './attempt';
import type { Binder } from './binder';
import { asFound, type Endpoint, endpointText } from './endpoint';
import { isGiven } from './given';
import { failLookup } from './refusal';

/** The options of `listen`, each read when needed; a user's object may contain anything. */
export interface ListenOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly ipv6Only?: unknown;
  readonly exclusive?: unknown;
  readonly reusePort?: unknown;
}

export abstract class EndpointBinder implements Binder {
  abstract readonly v6Only: boolean;
  abstract readonly stack: string | undefined;
  abstract readonly chosenBy: string;

  /** For no host, an address, and anything else that needs no lookup; undefined for a name. @throws {SystemError} */
  abstract known(options: ListenOptions): readonly Endpoint[] | undefined;

  /** For a name and its addresses. @throws {SystemError} if none fits. */
  abstract named(name: string, found: readonly FoundAddress[], options: ListenOptions): readonly Endpoint[];

  /** For a socket or path given by the user. @throws {SystemError} if it can't be as requested. */
  abstract other(attempt: Attempt, options: ListenOptions): Change | undefined;

  /** The server is listening on the first of its endpoints. @throws {SystemError} */
  abstract openedFirst(attempt: Attempt, first: Endpoint): void;

  /** The server is listening on something that wasn't chosen here. @throws {SystemError} */
  abstract openedOther(attempt: Attempt): void;

  check({ ipv6Only }: ListenOptions): void {
    if (ipv6Only === undefined || ipv6Only === this.v6Only) return;
    const problem = `contradicts ${this.chosenBy}; leave it out, or call that again`;
    throw invalidArgValue('options.ipv6Only', ipv6Only, problem);
  }

  begin(attempt: Attempt): Change | undefined {
    const options: ListenOptions = attempt.options;
    this.check(options);
    attempt.given = isGiven(options) || isPath(options);
    if (attempt.given) return this.other(attempt, options);
    const known = this.known(options);
    if (known !== undefined) return bindTo(attempt, options, known);
    return {
      ipv6Only: () => this.v6Only,
      lookup: (name, answer) => lookUp(attempt, options, this, name, answer),
    };
  }

  opened(attempt: Attempt): void {
    const [first] = attempt.endpoints;
    if (first === undefined) this.openedOther(attempt);
    else this.openedFirst(attempt, first);
  }
}

/** Node uses a path if no port was given (lib/net.js, Server.prototype.listen). */
export function isPath(options: ListenOptions): boolean {
  const { path } = options;
  return !('port' in options) && typeof path === 'string' && !(Number(path) >= 0);
}

/** The user's port, if it is valid. */
export function portOf({ port }: ListenOptions): number | undefined {
  const number = Number(port);
  return Number.isInteger(number) && number >= 0 ? number : undefined;
}

/** The change that makes a `listen` bind the first of these: during the call, and no other address. */
function bindTo(
  attempt: Attempt,
  options: ListenOptions,
  endpoints: readonly Endpoint[],
): Change | undefined {
  const [first] = endpoints;
  if (first === undefined) return undefined;
  attempt.endpoints = endpoints;
  debug?.(`is to open ${endpoints.map(endpointText).join(' and ')}`);
  requireNoConflict(first, options);
  const ipv6Only = (): boolean => first.v6Only === true;
  if (asStock(options, first)) {
    debug?.('asks the cluster primary as stock Node does, with the flag ipv6Only');
    return { ipv6Only };
  }
  const { host } = options;
  return {
    ipv6Only,
    host: first.address,
    lookup: (_host, answer) => {
      // Node looks up a host after the call.
      if (host) process.nextTick(answer, null, [asFound(first)]);
      else answer(null, [asFound(first)]);
    },
  };
}

/** A cluster primary must be asked as by stock Node, or its other workers would not share the socket. */
function asStock({ host, exclusive, reusePort }: ListenOptions, { address, v6Only }: Endpoint): boolean {
  const shared = isClusterWorker() && exclusive !== true && reusePort !== true;
  if (!shared || host || !isIPv6Wildcard(address)) return false;
  return !(v6Only && dropsIPv6OnlyWithoutHost(process.version));
}

function lookUp(
  attempt: Attempt,
  options: ListenOptions,
  binder: EndpointBinder,
  name: string,
  answer: Answer,
): void {
  lookupAll(options.host, (error, found) => {
    if (error !== null) return answer(error, []);
    try {
      attempt.endpoints = binder.named(name, found, options);
      debug?.(`${name} is to open ${attempt.endpoints.map(endpointText).join(' and ')}`);
      const [first] = attempt.endpoints;
      if (first !== undefined) requireNoConflict(first, options);
      answer(null, first === undefined ? [] : [asFound(first)]);
    } catch (failure) {
      if (!(failure instanceof SystemError)) throw failure;
      failLookup(attempt, failure, answer);
    }
  });
}

/** Refuses a dual-stack socket that would take IPv4 clients from another socket, or lose them to it. */
function requireNoConflict({ address, v6Only }: Endpoint, options: ListenOptions): void {
  if (v6Only !== false) return;
  const reusePort = options.reusePort === true;
  requireIPv4WildcardFree({
    syscall: 'listen',
    type: TYPE.stream,
    address,
    port: portOf(options) ?? 0,
    reusePort,
  });
}
