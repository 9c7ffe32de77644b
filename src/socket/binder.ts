/**
 * A binder gives a server its sockets at each `listen`: `setV6Only` installs one that opens one IPv6 socket, `listen`
 * and `v6only/register` one that opens the sockets of a stack. Only this file decides which applies: this listen's,
 * else this server's, else the process's.
 */
import { Server } from 'node:net';
import { debug } from '../kernel/debug';
import { unsupportedRuntime } from '../kernel/errors';
import { alreadyListening } from '../kernel/node-errors';
import { hearListens, publishProbe } from '../runtime/listens';
import { type Change, interceptListen, redirect } from '../runtime/redirect';
import { sharedState } from '../runtime/shared-state';
import { Attempt } from './attempt';
import type { Waiting } from './companions';
import { chosenBinder, recall, remember as rememberWith, type ServerRecord } from './record';
import { thrown } from './refusal';

export interface Binder {
  /** The option for its IPv6 sockets, before they exist. */
  readonly v6Only: boolean;
  /** The name of its stack, if it has one. */
  readonly stack: string | undefined;
  /** The call that chose it. */
  readonly chosenBy: string;
  /** @throws {TypeError} for contradicting options; `listen` throws it. */
  check(options: object): void;
  /**
   * How to change this listen, before anything is opened; undefined to leave Node's options as they are.
   * @throws {SystemError} for a listen that ends in an 'error' event. @throws {TypeError} for one that throws.
   */
  begin(attempt: Attempt): Change | undefined;
  /**
   * The server's first socket is listening, and 'listening' has not been emitted yet.
   * @throws {SystemError} if it isn't what was requested.
   */
  opened(attempt: Attempt): void;
}

/** In the options of one `listen`: its own binder, and the caller waiting for it. */
export interface OwnListen {
  readonly binder?: Binder | undefined;
  readonly waiting?: Waiting | undefined;
  /** How many times the kernel chose a port that was taken in another family. */
  readonly tries?: number | undefined;
}

/** Set as an enumerable property, so that a wrapper's copy of the options has it too. */
const OWN = Symbol.for('v6only.listen.1');

/** A method of a server that is part of another: it is told immediately of a failed listen, and no binder applies. */
export const PART = Symbol.for('v6only.part.1');

interface Shared {
  heard?: boolean;
  policy?: Policy;
  /** Whether listens are heard; undefined if that has not been tried. */
  works?: boolean;
  probe?: Server | undefined;
}

type Policy = (server: Server, options: object) => Binder | undefined;

/** Shared by all copies of the package in this process; the first one subscribes for all. */
const shared = sharedState('v6only.binders.1', (): Shared => ({}));

/** The options of listens that began without a binder: one may be chosen before the host lookup ends. */
const withoutBinder = new WeakMap<Server, object>();

if (!shared.heard) {
  shared.heard = true;
  hearListens({ begun, opened, failed });
}

/** @throws {SystemError} ENOTSUP `unsupported-runtime`. */
export function requireListens(): void {
  shared.works ??= hearsListens();
  if (shared.works) return;
  throw unsupportedRuntime(
    'this runtime does not publish its listens (node:diagnostics_channel), so nothing can be chosen',
  );
}

/** Tested by listening, not by checking for a name: a seam may exist and do nothing. */
function hearsListens(): boolean {
  const probe = new Server();
  shared.probe = probe;
  publishProbe(probe);
  return shared.probe !== probe;
}

/** The server's record; from now on its events are intercepted. @throws {TypeError} for a frozen server. */
export function remember(server: Server): ServerRecord {
  return rememberWith(server, (record, event, args) => lets(server, record, event, args));
}

/** The record of a server with a choice: from now on its `listen` checks the options during the call. */
export function choosable(server: Server): ServerRecord {
  const record = remember(server);
  if (!record.choosable) {
    record.choosable = true;
    interceptListen(server, (options) => chosenBinder(record)?.check(options));
  }
  return record;
}

/** For all servers without their own binder. */
export function installPolicyBinder(policy: Policy): void {
  requireListens();
  shared.policy = policy;
}

/**
 * Calls the server's own `listen`, for subclasses and wrappers to see, with a binder for this one call.
 * @param options a new object: it is marked.
 */
export function listenWith(server: Server, options: object, own: OwnListen): unknown {
  const record = remember(server);
  // A wrapper that creates its own options during the call loses the mark, but is recognized anyway.
  record.calling = own;
  try {
    // Not a spread: V8 would give each copy its own hidden class, which costs a tenth of a listen.
    return server.listen(Object.assign(options, { [OWN]: own }));
  } finally {
    record.calling = undefined;
  }
}

function begun(server: Server, options: object): void {
  if (server === shared.probe) {
    shared.probe = undefined;
    return;
  }
  if (PART in server) return;
  const record = recall(server);
  const own: OwnListen | undefined = record?.calling ?? Reflect.get(options, OWN);
  record?.attempt?.leave();
  if (record?.waiting !== own?.waiting && !own?.waiting?.settled) record?.waiting?.failed(alreadyListening());
  const chosen = chosenBinder(record);
  const binder = own?.binder ?? chosen ?? shared.policy?.(server, options);
  if (record !== undefined) record.attempt = undefined;
  if (binder === undefined) return keepOptions(server, options);
  debug?.(`listen(${described(options)}): ${binder.chosenBy} counts`);
  try {
    const { waiting, tries } = own ?? {};
    const attempt = new Attempt({ server, options, binder, chosen, waiting, tries });
    remember(server).attempt = attempt;
    attempt.begin();
  } catch (error) {
    // A frozen server under a policy.
    redirect(options, thrown(error));
  }
}

function described({ host, port }: { host?: unknown; port?: unknown }): string {
  return `host ${host ?? 'absent'}, port ${port ?? 'absent'}`;
}

function keepOptions(server: Server, options: object): void {
  if ('host' in options) withoutBinder.set(server, options);
  else withoutBinder.delete(server);
}

function opened(server: Server): void {
  const record = recall(server);
  if (record === undefined) return;
  attemptOf(server, record)?.open();
}

function failed(server: Server, error: unknown): void {
  const hear: unknown = Reflect.get(server, PART);
  if (typeof hear === 'function') Reflect.apply(hear, server, [error]);
}

/** The server's attempt, or a new one for a listen that was in progress when the first choice was made. */
function attemptOf(server: Server, record: ServerRecord): Attempt | undefined {
  const binder = chosenBinder(record);
  if (record.attempt === undefined && binder !== undefined) {
    const options = withoutBinder.get(server) ?? {};
    record.attempt = new Attempt({ server, options, binder, chosen: undefined });
  }
  return record.attempt;
}

/** Even if Node no longer publishes anything, a server with a binder is checked when it listens. */
function lets(
  server: Server,
  record: ServerRecord,
  event: string | symbol,
  args: readonly unknown[],
): boolean {
  if (event === 'close' && record.dropping) return false;
  const attempt = event === 'listening' ? attemptOf(server, record) : record.attempt;
  return attempt?.lets(event, args) ?? true;
}
