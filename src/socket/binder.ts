/**
 * A binder gives a server its sockets at each `listen`: `setV6Only` installs one that makes one IPv6 socket, `listen` and
 * `v6only/register` one that makes what a stack says. Here alone it is decided whose counts: this listen's, else this
 * server's, else the process's.
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
  /** The option of its IPv6 sockets, before there are any. */
  readonly v6Only: boolean;
  /** The name of its stack, where it has one. */
  readonly stack: string | undefined;
  /** The call that chose it. */
  readonly chosenBy: string;
  /** @throws {TypeError} for options that contradict it, which `listen` throws. */
  check(options: object): void;
  /**
   * What this listen becomes, before anything is opened; undefined where Node needs to be told nothing.
   * @throws {SystemError} for a listen that ends in an 'error' event. @throws {TypeError} for one that throws.
   */
  begin(attempt: Attempt): Change | undefined;
  /**
   * The server's first socket listens, and 'listening' has not been emitted.
   * @throws {SystemError} where it is not what was asked for.
   */
  opened(attempt: Attempt): void;
}

/** In the options of one `listen`: its own binder, and who waits for it. */
export interface OwnListen {
  readonly binder?: Binder | undefined;
  readonly waiting?: Waiting | undefined;
  /** How often the kernel has chosen a port for it that another family had taken. */
  readonly tries?: number | undefined;
}

/** Enumerable where it is set, so that a wrapper's copy of the options has it too. */
const OWN = Symbol.for('v6only.listen.1');

/** A method of a server that is a part of another one: it hears at once of a failed listen, and no binder is for it. */
export const PART = Symbol.for('v6only.part.1');

interface Shared {
  heard?: boolean;
  policy?: Policy;
  /** Whether a listen is heard; undefined where that has not been tried. */
  works?: boolean;
  probe?: Server | undefined;
}

type Policy = (server: Server, options: object) => Binder | undefined;

/** Of all copies of the package in this process; the first one hears for all. */
const shared = sharedState('v6only.binders.1', (): Shared => ({}));

/** The options of listens that began without a binder: one may be chosen before the host is looked up. */
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

/** Tried by listening, not by looking for a name: a seam may be there and do nothing. */
function hearsListens(): boolean {
  const probe = new Server();
  shared.probe = probe;
  publishProbe(probe);
  return shared.probe !== probe;
}

/** The server's record, from now on with its events seen. @throws {TypeError} for a frozen server. */
export function remember(server: Server): ServerRecord {
  return rememberWith(server, (record, event, args) => lets(server, record, event, args));
}

/** The record of a server for which something is chosen: from now on its `listen` looks at the options in the call. */
export function choosable(server: Server): ServerRecord {
  const record = remember(server);
  if (!record.choosable) {
    record.choosable = true;
    interceptListen(server, (options) => chosenBinder(record)?.check(options));
  }
  return record;
}

/** For every server that has no binder of its own. */
export function installPolicyBinder(policy: Policy): void {
  requireListens();
  shared.policy = policy;
}

/** Calls the server's own `listen`, so that subclasses and wrappers take part, with a binder for this one call. */
export function listenWith(server: Server, options: PortOptions, own: OwnListen): unknown {
  const record = remember(server);
  // A wrapper that makes options of its own in the call loses the mark, and is heard all the same.
  record.calling = own;
  try {
    // Written out: after a spread V8 gives each object a hidden class of its own, which costs a tenth of a listen.
    const { port, backlog, exclusive, reusePort } = options;
    const marked: object = { port, backlog, exclusive, reusePort, [OWN]: own };
    return server.listen(marked);
  } finally {
    record.calling = undefined;
  }
}

/** What Node is told of a listen of ours, whose host the binder knows. */
interface PortOptions {
  readonly port: number;
  readonly backlog: number | undefined;
  readonly exclusive: boolean | undefined;
  readonly reusePort: boolean | undefined;
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
    // A frozen server, under a policy.
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

/** The server's, or one for a listen that was under way when the first choice was made. */
function attemptOf(server: Server, record: ServerRecord): Attempt | undefined {
  const binder = chosenBinder(record);
  if (record.attempt === undefined && binder !== undefined) {
    const options = withoutBinder.get(server) ?? {};
    record.attempt = new Attempt({ server, options, binder, chosen: undefined });
  }
  return record.attempt;
}

/** Also where Node publishes nothing any more: a server that has a binder is looked at when it listens. */
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
