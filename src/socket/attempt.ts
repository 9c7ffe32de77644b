/** One listen of one server, from Node's call until the server is closed or listens again. */
import { Server } from 'node:net';
import { debug } from '../kernel/debug';
import { chosenTooLate, SystemError } from '../kernel/errors';
import { abortError } from '../kernel/node-errors';
import { publishFailure } from '../runtime/listens';
import { type Change, redirect } from '../runtime/redirect';
import type { Binder } from './binder';
import type { Companions, Waiting } from './companions';
import type { Endpoint } from './endpoint';
import { chosenBinder, recall } from './record';
import { explainListen, refused, thrown } from './refusal';
import type { ListeningSocket } from './verify';

type State = 'begun' | 'opened' | 'listening' | 'given-back' | 'ended';

const { close, listen } = Server.prototype;

interface AttemptFields {
  readonly server: Server;
  /** The user's, or what Node made of other arguments. */
  readonly options: object;
  readonly binder: Binder;
  readonly waiting?: Waiting | undefined;
  /** What had been chosen for the server when Node was told; undefined where nothing. */
  readonly chosen: Binder | undefined;
  readonly tries?: number | undefined;
}

export class Attempt {
  readonly server: Server;
  readonly options: object;
  readonly binder: Binder;
  readonly waiting: Waiting | undefined;
  readonly chosen: Binder | undefined;
  /** How often the kernel has chosen a port for it that another family had taken. */
  readonly tries: number;
  /** What it is to listen on, the server's own socket first; empty for a socket or path of the user's. */
  endpoints: readonly Endpoint[] = [];
  /** Listens on a socket or a path of the user's. */
  given = false;
  /** The server's own socket, as it was when it opened; undefined for one of the user's, and after `setV6Only`. */
  socket: ListeningSocket | undefined;
  companions: Companions | undefined;
  /** Why the socket is given back once it is open, where it could not be refused before. */
  refusal: unknown;
  /** Whether Node was told: options that are frozen cannot be changed even for a moment. */
  #told = true;
  #state: State = 'begun';
  /** 'listening' or 'close' was to be emitted, and waits for the companions. */
  #held: 'listening' | 'close' | undefined;
  /** How often 'listening' comes for a socket that was replaced. */
  #surplus = 0;

  constructor({ server, options, binder, waiting, chosen, tries = 0 }: AttemptFields) {
    this.server = server;
    this.options = options;
    this.binder = binder;
    this.waiting = waiting;
    this.chosen = chosen;
    this.tries = tries;
  }

  /** Tells Node what this listen is to be, in place of what its options say. */
  begin(): void {
    let change: Change | undefined;
    try {
      if (this.waiting?.settled) change = refused(this, abortError(undefined));
      else change = this.binder.begin(this);
    } catch (error) {
      this.refusal = error;
      debug?.(`is refused: ${error}`);
      change = error instanceof SystemError ? refused(this, error) : thrown(error);
    }
    if (change !== undefined) this.#told = redirect(this.options, change);
  }

  /** The first socket is there: what it has become is looked at, whatever Node was told. */
  open(): void {
    if (this.#state !== 'begun') return;
    this.#state = 'opened';
    const now = chosenBinder(recall(this.server));
    const changed = now !== this.chosen;
    try {
      if (this.refusal !== undefined) throw this.refusal;
      if (changed && now !== undefined && !isSame(now, this.binder)) throw chosenTooLate(now.chosenBy);
      this.binder.opened(this);
    } catch (error) {
      const choosable = changed && this.waiting === undefined && 'host' in this.options;
      if (this.refusal === undefined && (choosable || !this.#told)) this.again();
      else this.fail(error);
    }
  }

  /** Gives every socket back and reports why, as Node reports a failed listen. */
  fail(error: unknown): void {
    debug?.(`gives its sockets back: ${error}`);
    this.drop();
    publishFailure(this.server, error);
    process.nextTick(() => this.server.emit('error', error));
  }

  /** Gives every socket back and listens anew, on another port where one is named. */
  again(port?: number, tries = this.tries): void {
    debug?.(`gives its sockets back and listens anew, on port ${port ?? 'as asked'}`);
    const record = recall(this.server);
    this.drop();
    if (record === undefined) return;
    // A caller that waits has a binder of its own; otherwise the present choice counts.
    const own = this.waiting === undefined ? {} : { binder: this.binder, waiting: this.waiting };
    record.calling = { ...own, tries };
    try {
      // What the user wrote of the option before a later choice counts no more.
      const fields: PropertyDescriptorMap = { ipv6Only: { value: undefined } };
      if (port !== undefined) fields['port'] = { value: port, writable: true };
      listen.call(this.server, Object.create(this.options, fields));
    } finally {
      record.calling = undefined;
    }
    // Node goes on with the listen that was replaced, and finds a socket.
    const next = record.attempt;
    if (next !== undefined && next !== this && this.server.listening) next.#surplus = this.#surplus + 1;
  }

  /** Without the events of a server that was closed. */
  drop(): void {
    this.#state = 'given-back';
    this.#held = undefined;
    this.companions?.close();
    this.companions = undefined;
    dropSocket(this.server);
  }

  /** The server is closed, or listens anew. */
  leave(): void {
    // What was about to listen does so no more; its 'close' is still to come.
    if (this.#held === 'listening') this.#held = undefined;
    this.companions?.close();
    if (this.#state !== 'listening') this.#state = 'ended';
  }

  /** The companions are ready, or closed. */
  release(): void {
    const event = this.#held;
    this.#held = undefined;
    if (event !== undefined) this.server.emit(event);
  }

  /** Whether an event goes on to the listeners. */
  lets(event: string | symbol, args: readonly unknown[]): boolean {
    switch (event) {
      case 'connection':
        return this.companions?.admits(args[0]) ?? true;
      case 'listening':
        return this.#letsListening();
      case 'error':
        return this.#letsError(args[0]);
      case 'close':
        return this.#letsClose();
      default:
        return true;
    }
  }

  #letsListening(): boolean {
    if (this.#surplus > 0) {
      this.#surplus--;
      return false;
    }
    // Where Node has not published the socket, it is looked at here.
    this.open();
    if (this.#state !== 'opened') return false;
    if (this.companions?.ready === false) {
      this.#held = 'listening';
      return false;
    }
    try {
      this.waiting?.listened();
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.#state = 'listening';
    return true;
  }

  #letsError(error: unknown): boolean {
    if (this.#state === 'listening' || this.#state === 'ended') return true;
    this.#state = 'ended';
    if (this.waiting === undefined) {
      explainListen(error, Reflect.get(this.options, 'port'));
      return true;
    }
    // A later Node refuses a second `listen` until the first has ended for its server.
    dropSocket(this.server);
    this.waiting.failed(error);
    return false;
  }

  #letsClose(): boolean {
    if (this.companions?.closed !== false) return true;
    // Of an earlier time: the server listens again.
    if (this.server.listening) return this.companions.closedBefore;
    this.companions.close();
    if (this.companions.closed) return true;
    this.#held = 'close';
    return false;
  }
}

/** Whether two choices are the same, made twice. */
function isSame(one: Binder, other: Binder): boolean {
  return one.v6Only === other.v6Only && one.stack === other.stack;
}

/** Node emits 'close' before whatever is put into this tick's queue behind it. */
function dropSocket(server: Server): void {
  const record = recall(server);
  if (record !== undefined) record.dropping = true;
  close.call(server);
  process.nextTick(() => {
    if (record !== undefined) record.dropping = false;
  });
}
