/** One `listen(server, options)` from its beginning until 'listening', or until something ends it. */
import type net from 'node:net';
import { abortError, alreadyListening, invalidArgValue } from '../kernel/node-errors';
import type { ListenHandle } from '../runtime/handles';
import { listenGeneration } from '../runtime/servers';
import { type Remembered, recall } from '../socket/remembered';
import { planEndpoints } from './endpoints';
import { TakenListen } from './listen-plan';
import type { OpenSockets } from './open-sockets';
import type { CheckedListenOptions } from './options';
import type { Stack } from './stack';
import { wildcardV6Only } from './stack';

export class ListenAttempt {
  readonly #server: net.Server;
  readonly #memory: Remembered;
  readonly #options: CheckedListenOptions;
  #taken: TakenListen | undefined;
  #generation: number | undefined;
  #ended = false;
  #listened: (opened: OpenSockets<ListenHandle>) => void = () => {};
  #failed: (error: unknown) => void = () => {};

  constructor(server: net.Server, memory: Remembered, options: CheckedListenOptions) {
    this.#server = server;
    this.#memory = memory;
    this.#options = options;
  }

  /** Resolves with what `result` makes of the sockets, in the moment of 'listening'. */
  run<T>(result: (opened: OpenSockets<ListenHandle>) => T): Promise<T> {
    this.#memory.pending = this;
    this.#generation = listenGeneration(this.#server);
    this.#server.on('listening', this.#onListening).on('error', this.#fail).on('close', this.#onClose);
    this.#options.signal?.addEventListener('abort', this.#stop);
    return new Promise((resolve, reject) => {
      this.#listened = (opened) => resolve(result(opened));
      this.#failed = reject;
      this.#begin().catch(this.#fail);
    });
  }

  /** Finds the addresses and calls the server's own `listen`, so that subclasses and wrappers take part. */
  async #begin(): Promise<void> {
    const { stack, port, backlog, exclusive, reusePort } = this.#options;
    const plan = await planEndpoints(this.#options, chosenV6Only(this.#server, stack), 'listen');
    if (this.#memory.pending !== this) return;
    // Either may have been called meanwhile.
    if (this.#server.listening) throw alreadyListening();
    chosenV6Only(this.#server, stack);
    this.#taken = new TakenListen(this.#server, { ...this.#options, plan }, this.#fail);
    this.#memory.plan = this.#taken;
    const wrapped: unknown = this.#server.listen({ port, backlog, exclusive, reusePort });
    this.#generation = listenGeneration(this.#server);
    // What an asynchronous wrapper rejects with would otherwise be lost.
    await wrapped;
  }

  #onListening = (): void => {
    const opened = this.#taken?.opened;
    if (opened === undefined) return;
    this.#end();
    this.#listened(opened);
  };

  #fail = (error: unknown): void => {
    if (this.#ended) return;
    this.#end();
    this.#failed(error);
    // A wrapper may fail after the server's own `listen` has succeeded.
    if (this.#taken?.opened !== undefined && this.#server.listening) this.#server.close();
  };

  /** Not the end of connections from an earlier time, but a `close()` of now. */
  #onClose = (): void => {
    if (this.#generation !== listenGeneration(this.#server)) this.#stop();
  };

  #stop = (): void => {
    // Whoever has not come to bind yet, a wrapper or the primary's answer, finds it cancelled.
    this.#taken?.cancel();
    this.#fail(abortError(this.#options.signal?.reason));
  };

  #end(): void {
    this.#ended = true;
    this.#server.off('listening', this.#onListening).off('error', this.#fail).off('close', this.#onClose);
    this.#options.signal?.removeEventListener('abort', this.#stop);
    if (this.#memory.pending !== this) return;
    this.#memory.pending = undefined;
    if (this.#taken?.opened !== undefined || !this.#taken?.cancelled) this.#memory.plan = undefined;
  }
}

/**
 * The option that the stack gives an IPv6 wildcard.
 * @throws {TypeError} ERR_INVALID_ARG_VALUE where an earlier `setV6Only` says otherwise.
 */
export function chosenV6Only(server: net.Server, stack: Stack): boolean {
  const v6Only = wildcardV6Only(stack);
  const earlier = recall(server)?.v6Only;
  if (earlier === undefined || earlier === v6Only) return v6Only;
  throw invalidArgValue('options.stack', stack, `contradicts the earlier setV6Only(server, ${earlier})`);
}
