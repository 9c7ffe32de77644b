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
  /** The user's object, or the one Node made from other arguments. */
  readonly options: object;
  readonly binder: Binder;
  readonly waiting?: Waiting | undefined;
  /** The server's choice when Node was given its options; undefined if there was none. */
  readonly chosen: Binder | undefined;
  readonly tries?: number | undefined;
}

export class Attempt {
  readonly server: Server;
  readonly options: object;
  readonly binder: Binder;
  readonly waiting: Waiting | undefined;
  readonly chosen: Binder | undefined;
  /** How many times the kernel chose a port that was taken in another family. */
  readonly tries: number;
  /** What to listen on, the server's own socket first; empty for a socket or path given by the user. */
  endpoints: readonly Endpoint[] = [];
  /** Whether it listens on a socket or path given by the user. */
  given = false;
  /** The server's own socket when it opened; undefined for one given by the user, and after `setV6Only`. */
  socket: ListeningSocket | undefined;
  companions: Companions | undefined;
  /** Why the socket is closed once it is open, if it couldn't be refused earlier. */
  refusal: unknown;
  /** False if Node could not be given other options: frozen ones can't be changed even briefly. */
  #told = true;
  #state: State = 'begun';
  /** A 'listening' or 'close' that waits for the companions. */
  #held: 'listening' | 'close' | undefined;
  /** How many 'listening' events are still to come for replaced sockets. */
  #surplus = 0;

  constructor({ server, options, binder, waiting, chosen, tries = 0 }: AttemptFields) {
    this.server = server;
    this.options = options;
    this.binder = binder;
    this.waiting = waiting;
    this.chosen = chosen;
    this.tries = tries;
  }

  /** Gives Node other options for this listen, if needed. */
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

  /** Checks the first socket once it exists, whatever options Node was given. */
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

  /** Closes all sockets and reports why, as Node reports a failed listen. */
  fail(error: unknown): void {
    debug?.(`gives its sockets back: ${error}`);
    this.drop();
    publishFailure(this.server, error);
    process.nextTick(() => this.server.emit('error', error));
  }

  /** Closes all sockets and listens again, on `port` if it is given. */
  again(port?: number, tries = this.tries): void {
    debug?.(`gives its sockets back and listens anew, on port ${port ?? 'as asked'}`);
    const record = recall(this.server);
    this.drop();
    if (record === undefined) return;
    // A waiting caller has its own binder; otherwise the current choice applies.
    const own = this.waiting === undefined ? {} : { binder: this.binder, waiting: this.waiting };
    record.calling = { ...own, tries };
    try {
      // The user's `ipv6Only` no longer applies after a later choice.
      const fields: PropertyDescriptorMap = { ipv6Only: { value: undefined } };
      if (port !== undefined) fields['port'] = { value: port, writable: true };
      listen.call(this.server, Object.create(this.options, fields));
    } finally {
      record.calling = undefined;
    }
    // Node continues the replaced listen, and finds a socket.
    const next = record.attempt;
    if (next !== undefined && next !== this && this.server.listening) next.#surplus = this.#surplus + 1;
  }

  /** Closes all sockets without emitting 'close'. */
  drop(): void {
    this.#state = 'given-back';
    this.#held = undefined;
    this.companions?.close();
    this.companions = undefined;
    dropSocket(this.server);
  }

  /** The server is closed, or listens again. */
  leave(): void {
    // A held 'listening' is dropped; 'close' is still to come.
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

  /** Whether an event reaches the listeners. */
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
    // If Node has not published the socket, it is checked here.
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
    // Later Node versions reject a second `listen` until the server's first one has ended.
    dropSocket(this.server);
    this.waiting.failed(error);
    return false;
  }

  #letsClose(): boolean {
    if (this.companions?.closed !== false) return true;
    // It belongs to an earlier listen: the server is listening again.
    if (this.server.listening) return this.companions.closedBefore;
    this.companions.close();
    if (this.companions.closed) return true;
    this.#held = 'close';
    return false;
  }
}

/** Whether two choices are equal. */
function isSame(one: Binder, other: Binder): boolean {
  return one.v6Only === other.v6Only && one.stack === other.stack;
}

/** Node emits 'close' before anything queued for the next tick after it. */
function dropSocket(server: Server): void {
  const record = recall(server);
  if (record !== undefined) record.dropping = true;
  close.call(server);
  process.nextTick(() => {
    if (record !== undefined) record.dropping = false;
  });
}
