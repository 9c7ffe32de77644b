/** A server that is to listen with a chosen IPV6_V6ONLY: what each of its `listen()` calls becomes. */
import type net from 'node:net';
import { TYPE } from '../kernel/addon';
import { isIPv4Mapped, isIPv6Wildcard } from '../kernel/address';
import { setDescriptor, verifyBound } from '../kernel/descriptor';
import { closed, explainBind, mismatch, notIPv6, SystemError, unsupportedRuntime } from '../kernel/errors';
import { invalidArgValue } from '../kernel/node-errors';
import { adviseOn, requireIPv4WildcardFree } from '../machine/conflicts';
import { warnIfUnreachable } from '../machine/interfaces';
import { findListenerOf } from '../machine/listeners';
import { beforeErrorOfThisTick, failListen } from '../runtime/failures';
import { UV_TCP_REUSEPORT, withIPv6Only } from '../runtime/flags';
import {
  argumentsOfListen,
  type BindRequest,
  canInterceptBind,
  dropServerSocket,
  giveHandle,
  interceptBind,
  interceptListen,
  listenGeneration,
  serverDescriptor,
} from '../runtime/servers';
import { adoptsServers, requireChoice, requireShownServer } from '../runtime/support';
import { openAdopted } from './adopted-listener';
import { type AddressRequest, decideAddress, lookupIPv6 } from './bind-address';
import { type Chosen, isChosen, type Remembered, remember } from './remembered';

/**
 * From now on every `listen()` of this server binds with exactly that value. Nothing is opened.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function rememberServer(server: net.Server, v6Only: boolean): void {
  interceptServer(server).v6Only = v6Only;
}

/**
 * Joins this server's way of listening, once; a server of which nothing is asked stays as it is.
 * @throws {SystemError} ENOTSUP `unsupported-runtime`.
 */
export function interceptServer(server: net.Server): Remembered {
  requireChoice('servers');
  if (!canInterceptBind(server)) throw unsupportedRuntime('this runtime has no way to choose before bind');
  return remember(server, (memory) => {
    interceptListen(server, (args) => checkArguments(memory, args));
    interceptBind(server, (request, proceed) => {
      if (memory.plan !== undefined) memory.plan.bind(request, proceed);
      else if (isChosen(memory)) bindServer(server, memory, request, proceed);
      else proceed(request);
    });
  });
}

/** Refuses a contradicting `ipv6Only` where Node would throw too: in the call of the user. */
function checkArguments({ v6Only }: Remembered, [options]: readonly unknown[]): void {
  if (v6Only === undefined || typeof options !== 'object' || options === null) return;
  const { ipv6Only }: { ipv6Only?: unknown } = options;
  if (ipv6Only === undefined || ipv6Only === v6Only) return;
  const problem = `contradicts setV6Only(server, ${v6Only}); leave it out, or call setV6Only again`;
  throw invalidArgValue('options.ipv6Only', ipv6Only, problem);
}

function bindServer(
  server: net.Server,
  memory: Chosen,
  request: BindRequest,
  proceed: (request: BindRequest) => void,
): void {
  const descriptor = serverDescriptor(server);
  const fromPrimary = descriptor !== null && request.port !== null && request.port >= 0;
  if (fromPrimary) return acceptPrimarysSocket(server, memory, request.port ?? 0, () => proceed(request));
  const given = descriptor ?? request.fd ?? undefined;
  if (given !== undefined) return listenOnGiven(server, memory, given, () => proceed(request));
  if (descriptor === undefined && !attempt(server, () => requireShownServer('listen'))) return;
  chooseAddress(server, memory, request, (address) => bindAddress(server, memory, address, request, proceed));
}

/** Reports a refusal of ours the way Node reports a failed listen. */
function attempt(server: net.Server, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    dropServerSocket(server);
    failListen(server, error);
    return false;
  }
}

/** Finds the IPv6 address to bind, at once unless a name has to be looked up again for all its families. */
export function chooseAddress(
  server: net.Server,
  memory: Chosen,
  request: AddressRequest,
  use: (address: string) => void,
): void {
  const { host } = argumentsOfListen(server);
  const decision = decideAddress(request, host, memory.v6Only);
  if (decision.kind === 'refuse') return failListen(server, decision.error);
  if (decision.kind === 'bind') return use(decision.address);
  const generation = listenGeneration(server);
  lookupIPv6(decision.host, memory.v6Only, (error, address) => {
    if (generation !== listenGeneration(server)) return;
    if (error !== null) return void server.emit('error', error);
    if (address === undefined) return failListen(server, onlyIPv4(decision.host, request));
    chooseAddress(server, memory, { ...request, address, addressType: 6 }, use);
  });
}

function onlyIPv4(host: string, { address, port }: AddressRequest): SystemError {
  const detail = `setV6Only was called on this server, and ${host} has no IPv6 address (only ${address})`;
  return notIPv6('listen', detail, address ?? undefined, port ?? undefined);
}

function bindAddress(
  server: net.Server,
  { v6Only }: Chosen,
  address: string,
  request: BindRequest,
  proceed: (request: BindRequest) => void,
): void {
  const flags = withIPv6Only(request.flags, v6Only);
  const port = request.port ?? 0;
  const ready = attempt(server, () => {
    requireNoIPv4Wildcard(v6Only, address, port, flags);
    if (adoptsServers()) giveHandle(server, openAdopted({ v6Only, address, port, flags }));
  });
  if (!ready) return;
  try {
    proceed({ ...request, address, addressType: 6, flags });
  } catch (error) {
    // Deno throws for a backlog that is no number, with the socket open.
    if (adoptsServers()) dropServerSocket(server);
    throw error;
  }
  conclude(server, v6Only, port);
  if (v6Only && isIPv6Wildcard(address) && server.listening) warnIfUnreachable();
}

/** Throws where this dual-stack socket would take, or lose, the IPv4 clients of another one. */
function requireNoIPv4Wildcard(v6Only: boolean, address: string, port: number, flags: number): void {
  if (v6Only || (flags & UV_TCP_REUSEPORT) !== 0) return;
  requireIPv4WildcardFree({ syscall: 'listen', type: TYPE.stream, address, port });
}

/** After Node's part: its error gets a reason, its success is compared with what the kernel has. */
function conclude(server: net.Server, v6Only: boolean, port = 0): void {
  const fd = serverDescriptor(server);
  if (fd === null) {
    return beforeErrorOfThisTick(server, (error) => explainBind(error, (code) => adviseOn(code, port)));
  }
  if (fd !== undefined) attempt(server, () => verifyBound(fd, v6Only, 'listen'));
}

/** `listen(handle)`, `listen(socket)`, `listen(boundSocket)`, `listen({ fd })`. */
function listenOnGiven(server: net.Server, { v6Only }: Chosen, fd: number, proceed: () => void): void {
  const ready = attempt(server, () => {
    if (fd < 0) throw closed('listen', 'the handle has no socket');
    setDescriptor(fd, v6Only);
  });
  if (!ready) return;
  proceed();
  conclude(server, v6Only);
}

/**
 * In a cluster worker: the primary hands out one socket per address and port, whatever option each worker asked for.
 * Under round-robin the worker has no descriptor, so the socket is looked up in the kernel by address and port; where
 * that cannot be done, what the primary was asked for has to be right.
 */
function acceptPrimarysSocket(server: net.Server, memory: Chosen, port: number, proceed: () => void): void {
  memory.tookPrimarys = true;
  if (serverDescriptor(server) === undefined && !attempt(server, () => verifyPrimarys(server, memory)))
    return;
  proceed();
  conclude(server, memory.v6Only, port);
}

function verifyPrimarys(server: net.Server, { v6Only, askedOfPrimary }: Chosen): void {
  const listener = findListenerOf(server);
  if (listener === undefined) {
    requireShownServer('listen');
    if (askedOfPrimary !== v6Only) throw mismatch('listen', v6Only, null);
    return;
  }
  const decides = isIPv6Wildcard(listener.address) || isIPv4Mapped(listener.address);
  if (decides && listener.v6Only !== v6Only) throw mismatch('listen', v6Only, listener.v6Only, listener);
}
