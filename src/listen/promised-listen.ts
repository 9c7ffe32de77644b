/** One `listen(server, options)`, from its beginning until 'listening' or until something ends it. */
import type { Server } from 'node:net';
import { otherSocket } from '../kernel/errors';
import { abortError } from '../kernel/node-errors';
import type { Attempt, Waiting } from '../socket/attempt';
import { listenWith } from '../socket/binder';
import { recall } from '../socket/record';
import { type Plan, planEndpoints, requireFamilies } from './endpoints';
import type { Listening } from './listen';
import type { CheckedListenOptions } from './options';
import { requireSameStack, wildcardV6Only } from './stack';
import { openedSockets, StackBinder } from './stack-binder';

export class PromisedListen implements Waiting {
  readonly #server: Server;
  readonly #options: CheckedListenOptions;
  #plan: Plan | undefined;
  #settled = false;
  #resolve: (listening: Listening) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(server: Server, options: CheckedListenOptions) {
    this.#server = server;
    this.#options = options;
  }

  run(): Promise<Listening> {
    const record = recall(this.#server);
    if (record !== undefined) record.waiting = this;
    this.#options.signal?.addEventListener('abort', this.#abort);
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
    const { stack, port, backlog, exclusive, reusePort, required } = this.#options;
    const plan = await planEndpoints(this.#options, wildcardV6Only(stack), 'listen');
    if (this.#settled) return;
    requireSameStack(this.#server, stack);
    requireFamilies(plan, required, 'listen');
    this.#plan = plan;
    const binder = new StackBinder(plan.endpoints);
    const wrapped = listenWith(
      this.#server,
      { port, backlog, exclusive, reusePort },
      { binder, waiting: this },
    );
    // What an asynchronous wrapper rejects with would otherwise be lost.
    await wrapped;
    this.#requireOwn();
  }

  /** Where Node did not publish this listen, what it opened is not what was asked for. */
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
    const sockets = openedSockets(attempt, this.#plan?.endpoints ?? []);
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
    if (this.#settle()) this.#reject(error);
  }

  #abort = (): void => {
    this.#giveUp(abortError(this.#options.signal?.reason));
  };

  /** Ends it from here: what Node has opened, or is about to, is given back. */
  #giveUp(error: unknown): void {
    const attempt = this.#attempt;
    if (!this.#settle()) return;
    attempt?.drop();
    this.#reject(error);
  }

  /** @returns whether it had not ended. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const record = recall(this.#server);
    if (record?.waiting === this) record.waiting = undefined;
    return true;
  }
}

/** Closes this listening and no later one of the same server. */
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
