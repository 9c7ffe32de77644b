/** Opens every socket of a listener on one port, or none. */
import { type IPFamily, TYPE } from '../kernel/addon';
import { isIPv4Mapped, isIPv6Wildcard } from '../kernel/address';
import { verifyBound } from '../kernel/descriptor';
import {
  addressInUse,
  addressNotAvailable,
  appendToMessage,
  errnoOf,
  isError,
  listenFailed,
  mismatch,
  type SystemError,
} from '../kernel/errors';
import { adviseAddressInUse, requireIPv4WildcardFree } from '../machine/conflicts';
import { hasAddress } from '../machine/interfaces';
import { findListener } from '../machine/listeners';
import { addressType, UV_TCP_REUSEPORT, withIPv6Only } from '../runtime/flags';
import { createListenHandle, discardHandle, type ListenHandle, portOfHandle } from '../runtime/handles';
import { type Endpoint, familyError, type Missing, type Plan } from './endpoints';
import type { Required } from './options';

/** A socket of ours: a handle of net, or a dgram.Socket. */
export interface BoundSocket<S> {
  readonly socket: S;
  readonly port: number;
  /** As read from the kernel, where the socket can be seen; null for an IPv4 socket. */
  readonly v6Only: boolean | null;
}

export interface OpenSocket<S> extends BoundSocket<S> {
  readonly endpoint: Endpoint;
}

export interface OpenSockets<S> {
  readonly sockets: readonly OpenSocket<S>[];
  readonly missing: readonly Missing[];
}

/** How one socket is had, at once or later, and given back. A port of 0 is any free one. */
export interface Opener<S, Opened extends BoundSocket<S> | Promise<BoundSocket<S>>> {
  /** What its errors name. */
  readonly syscall: 'listen' | 'bind';
  open(endpoint: Endpoint, port: number): Opened;
  close(socket: S): void;
}

const ATTEMPTS = 64;

/**
 * All or nothing: what was opened is closed again before this throws. With port 0 the kernel chooses the port of the
 * first socket; where another family has it taken, its neighbour is tried, then another choice, at most 64 times. The
 * neighbour, because Linux gives all odd or all even ports away first (net/ipv4/inet_connection_sock.c,
 * inet_csk_find_open_port), and those may be just the taken ones.
 * @throws {Error} of the socket that cannot be had.
 */
export function openSocketsNow<S>(
  plan: Plan,
  port: number,
  required: Required,
  opener: Opener<S, BoundSocket<S>>,
): OpenSockets<S> {
  const steps = opening(plan, port, required, opener);
  let step = steps.next();
  while (!step.done) step = steps.next(step.value);
  return step.value;
}

/** The same, where a socket has to be waited for. */
export async function openSockets<S>(
  plan: Plan,
  port: number,
  required: Required,
  opener: Opener<S, Promise<BoundSocket<S>>>,
): Promise<OpenSockets<S>> {
  const steps = opening(plan, port, required, opener);
  let step = steps.next();
  while (!step.done) {
    const [outcome] = await Promise.allSettled([step.value]);
    step = outcome.status === 'fulfilled' ? steps.next(outcome.value) : steps.throw(outcome.reason);
  }
  return step.value;
}

/** Yields each socket on its way, and is given it back opened. */
function* opening<S, Opened extends BoundSocket<S> | Promise<BoundSocket<S>>>(
  plan: Plan,
  port: number,
  required: Required,
  opener: Opener<S, Opened>,
): Generator<Opened, OpenSockets<S>, BoundSocket<S>> {
  let wanted = port;
  for (let attempt = 1; ; attempt++) {
    const opened: OpenSocket<S>[] = [];
    const missing = [...plan.missing];
    try {
      for (const endpoint of plan.endpoints) {
        if (endpoint.fallback && opened.some((other) => other.endpoint.family === 'IPv6')) continue;
        const error = yield* openOne(endpoint, opened[0]?.port ?? wanted, opener, opened);
        if (error !== null) missing.push({ family: endpoint.family, address: endpoint.address, error });
      }
      requireEnough(opened, missing, required, opener.syscall);
      return { sockets: opened, missing };
    } catch (error) {
      for (const { socket } of opened) opener.close(socket);
      const [first] = opened;
      const noneFree = wanted === 0 && first === undefined;
      if (!isAddressInUse(error)) throw error;
      if (port !== 0 || noneFree) throw opener.syscall === 'listen' ? advised(error, port) : error;
      if (attempt === ATTEMPTS) throw exhausted(plan, opener.syscall);
      wanted = wanted === 0 && first !== undefined ? first.port ^ 1 : 0;
    }
  }
}

/** Adds to `opened`, or returns why this machine has to do without. */
function* openOne<S, Opened extends BoundSocket<S> | Promise<BoundSocket<S>>>(
  endpoint: Endpoint,
  port: number,
  opener: Opener<S, Opened>,
  opened: OpenSocket<S>[],
): Generator<Opened, Error | null, BoundSocket<S>> {
  try {
    const bound = yield opener.open(endpoint, port);
    opened.push({ endpoint, socket: bound.socket, port: bound.port, v6Only: bound.v6Only });
    return null;
  } catch (error) {
    if (isError(error) && endpoint.optional && isNoIPv6(error)) return error;
    throw error;
  }
}

/** @throws {Error} of the family that is missing. */
function requireEnough(
  opened: readonly OpenSocket<unknown>[],
  missing: readonly Missing[],
  required: Required,
  syscall: string,
): void {
  if (opened.length === 0) throw missing[0]?.error ?? familyError('IPv6', syscall);
  if (required === 'any') return;
  const served = new Set(opened.flatMap(({ endpoint }) => familiesOf(endpoint)));
  for (const family of ['IPv6', 'IPv4'] as const) {
    const gone = missing.find((other) => other.family === family);
    if (gone !== undefined) throw gone.error;
    if (!hasAddress(family)) throw familyError(family, syscall);
    if (!served.has(family)) throw noAddressOf(family, opened, syscall);
  }
}

function noAddressOf(family: IPFamily, opened: readonly OpenSocket<unknown>[], syscall: string): SystemError {
  const addresses = opened.map(({ endpoint }) => endpoint.address).join(' and ');
  const detail = `required: 'both', but no ${family} client reaches ${addresses}`;
  return addressNotAvailable(syscall, detail);
}

/** Whose clients a socket bound to this endpoint takes. */
function familiesOf({ family, address, v6Only }: Endpoint): IPFamily[] {
  if (isIPv4Mapped(address)) return ['IPv4'];
  return v6Only === false && isIPv6Wildcard(address) ? ['IPv6', 'IPv4'] : [family];
}

function isNoIPv6(error: Error): boolean {
  return 'reason' in error && error.reason === 'no-ipv6';
}

/** Only for an error that the user sees, since the kernel is asked for it. */
function advised(error: Error, port: number): Error {
  const advice = adviseAddressInUse(port);
  if (advice !== undefined) appendToMessage(error, advice);
  return error;
}

function isAddressInUse(error: unknown): error is Error {
  return isError(error) && 'code' in error && error.code === 'EADDRINUSE';
}

function exhausted(plan: Plan, syscall: string): SystemError {
  const addresses = plan.endpoints.map(({ address }) => address).join(' and ');
  const detail = `no port was free on ${addresses} in ${ATTEMPTS} attempts; name a port`;
  return addressInUse(syscall, detail, { port: 0 });
}

export type BoundHandle = BoundSocket<ListenHandle>;

/** An opener of TCP sockets. */
export function handleOpener<Opened extends BoundHandle | Promise<BoundHandle>>(
  open: (endpoint: Endpoint, port: number) => Opened,
): Opener<ListenHandle, Opened> {
  return { syscall: 'listen', open, close: discardHandle };
}

/** Opens in this process, the way Node does. `flags` are Node's for this listen. */
export function openHere(flags: number, backlog: number): (endpoint: Endpoint, port: number) => BoundHandle {
  return (endpoint, port) => {
    const { address, family, v6Only } = endpoint;
    const shared = (flags & UV_TCP_REUSEPORT) !== 0;
    if (v6Only === false && !shared)
      requireIPv4WildcardFree({ syscall: 'listen', type: TYPE.stream, address, port });
    const bits = withIPv6Only(flags, v6Only === true);
    const handle = createListenHandle(address, port, addressType(family), bits);
    if (typeof handle === 'number') throw listenError(handle, endpoint, port);
    return ready(handle, endpoint, port, backlog);
  };
}

/** Listens, so that a conflict shows now (Linux refuses the second listen, not the second bind), and reads back. */
export function ready(handle: ListenHandle, endpoint: Endpoint, port: number, backlog: number): BoundHandle {
  try {
    const failed = handle.listen(backlog);
    if (failed !== 0) throw listenError(failed, endpoint, port);
    const bound = portOfHandle(handle);
    if (bound < 0) throw listenError(bound, endpoint, port);
    if (port !== 0 && bound !== port) throw listenError(errnoOf('EADDRINUSE'), endpoint, port);
    const { v6Only, address } = endpoint;
    return {
      socket: handle,
      port: bound,
      v6Only: v6Only === null ? null : verifyOption(handle, v6Only, address, bound),
    };
  } catch (error) {
    discardHandle(handle);
    throw error;
  }
}

/** A socket that a cluster primary holds under round-robin has no descriptor here and is looked up in the kernel. */
function verifyOption({ fd }: ListenHandle, v6Only: boolean, address: string, port: number): boolean {
  if (fd !== undefined) return verifyBound(fd, v6Only, 'listen');
  const found = isIPv6Wildcard(address) ? findListener(address, port)?.v6Only : undefined;
  if (typeof found === 'boolean' && found !== v6Only)
    throw mismatch('listen', v6Only, found, { address, port });
  return v6Only;
}

export function listenError(errno: number, { address }: Endpoint, port: number): SystemError {
  return listenFailed(errno, address, port);
}
