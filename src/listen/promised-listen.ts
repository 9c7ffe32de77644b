/** One `listen(server, options)`, from its start until 'listening' or until it ends otherwise. */
import type { Server } from 'node:net';
import { debug } from '../kernel/debug';
import { otherSocket } from '../kernel/errors';
import { explainTried } from '../kernel/explain';
import { abortError, primaryGone } from '../kernel/node-errors';
import { onDisconnect } from '../runtime/cluster';
import type { Attempt } from '../socket/attempt';
import { type Binder, listenWith } from '../socket/binder';
import type { Waiting } from '../socket/companions';
import { chosenBinder, recall } from '../socket/record';
import { explainListen } from '../socket/refusal';
import type { ListeningSocket } from '../socket/verify';
import { type Plan, planEndpoints, requireFamilies } from './endpoints';
import type { Listening } from './listen';
import { completeByAsking, isUnknown, requireAsked } from './listening-sockets';
import type { CheckedListenOptions } from './options';
import { isAddressInUse } from './port-for-all';
import { choiceFor } from './stack';
import { EndpointsBinder } from './stack-binder';

export class PromisedListen implements Waiting {
  readonly #server: Server;
  readonly #options: CheckedListenOptions;
  #plan: Plan | undefined;
  #binder: Binder | undefined;
  #settled = false;
  #stopWaiting: () => void = () => {};
  #resolve: (listening: Listening) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(server: Server, options: CheckedListenOptions) {
    this.#server = server;
    this.#options = options;
  }

  run(): Promise<Listening> {
    // A signal that isn't Node's may throw.
    this.#options.signal?.addEventListener('abort', this.#abort);
    const record = recall(this.#server);
    if (record !== undefined) record.waiting = this;
    this.#stopWaiting = onDisconnect(() => this.#giveUp(abortError(primaryGone())));
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#begin().catch((error) => this.#giveUp(error));
    });
  }

  get settled(): boolean {
    return this.#settled;
  }

  async #begin(): Promise<void> {
    const { hosts, stack, required } = this.#options;
    let chosen: Binder | undefined;
    do {
      chosen = chosenBinder(recall(this.#server));
      const choice = choiceFor(this.#server, stack);
      const plan = await planEndpoints(hosts, choice, 'listen');
      if (this.#settled) return;
      requireFamilies(plan, required, 'listen');
      this.#plan = plan;
      this.#binder = new EndpointsBinder(plan.endpoints, choice);
      // A later choice takes precedence.
    } while (chosenBinder(recall(this.#server)) !== chosen);
    await this.#listenOn(this.#options.ports.port);
  }

  async #listenOn(port: number): Promise<void> {
    const { backlog, exclusive, reusePort } = this.#options;
    // Otherwise a rejection from an asynchronous wrapper would be lost.
    await listenWith(
      this.#server,
      { port, backlog, exclusive, reusePort },
      { binder: this.#binder, waiting: this },
    );
    this.#requireOwn();
  }

  /** If Node didn't publish this listen, what it opened isn't what was requested. */
  #requireOwn(): void {
    if (this.#settled || !this.#server.listening || this.#attempt !== undefined) return;
    throw otherSocket('listen', this.#server.address());
  }

  get #attempt(): Attempt | undefined {
    const attempt = recall(this.#server)?.attempt;
    return attempt?.waiting === this ? attempt : undefined;
  }

  listened(): void {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#settled) return;
    const { socket, companions } = attempt;
    const sockets = socket === undefined ? [] : [socket, ...(companions?.sockets ?? [])];
    if (!sockets.some(isUnknown)) return this.#succeed(attempt, sockets);
    completeByAsking(sockets)
      .then((known) => this.#settled || this.#succeed(attempt, requireAsked(known, attempt)))
      .catch((error) => this.#giveUp(error));
  }

  #succeed(attempt: Attempt, sockets: ListeningSocket[]): void {
    this.#settle();
    const close = closer(attempt, this.#options.signal);
    this.#resolve({
      port: sockets[0]?.port ?? 0,
      sockets,
      missing: [...(this.#plan?.missing ?? [])],
      close,
      [Symbol.asyncDispose]: close,
    });
  }

  failed(error: unknown): void {
    if (this.#settled) return;
    try {
      if (isAddressInUse(error) && this.#options.ports.next()) {
        debug?.(`goes on to port ${this.#options.ports.port}: ${error}`);
        this.#listenOn(this.#options.ports.port).catch((failure) => this.#giveUp(failure));
        return;
      }
      explainListen(error, this.#options.ports.port);
      explainTried(error, this.#options.ports.tried);
    } catch (failure) {
      // From the iterator.
      error = failure;
    }
    this.#settle();
    this.#reject(error);
  }

  #abort = (): void => {
    this.#giveUp(abortError(this.#options.signal?.reason));
  };

  /** Ends the listen: closes what Node has opened or is about to open. */
  #giveUp(error: unknown): void {
    const attempt = this.#attempt;
    if (!this.#settle()) return;
    attempt?.drop();
    this.#reject(error);
  }

  /** @returns false if it had already ended. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#options.ports.end();
    this.#stopWaiting();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const record = recall(this.#server);
    if (record?.waiting === this) record.waiting = undefined;
    return true;
  }
}

/** Closes what this listen opened, not a later listen of the same server. */
function closer(attempt: Attempt, signal: AbortSignal | undefined): () => Promise<void> {
  const { server } = attempt;
  const stop = (): void => {
    if (recall(server)?.attempt === attempt && server.listening) server.close();
  };
  const done = new Promise<void>((resolve) => {
    server.once('close', () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
  });
  signal?.addEventListener('abort', stop, { once: true });
  return () => {
    stop();
    return done;
  };
}
