/** Takes a server's own `listen()` over, so that it ends with several sockets or with none. */
import type net from 'node:net';
import type { Plan } from './endpoints';
import { abortError } from './errors';
import type { CheckedListenOptions } from './listen-options';
import {
  attachHandles,
  type BindRequest,
  failListen,
  giveHandle,
  type ListenHandle,
  listenGeneration,
  type PrimaryQuery,
  type PrimaryReply,
  standIn,
  UV_IPV6ONLY,
} from './node-internals';
import {
  handleOpener,
  listenError,
  type OpenHandle,
  type OpenSockets,
  openHere,
  openSockets,
  ready,
} from './open-sockets';
import type { AskPrimary, ListenPlan, Remembered } from './remembered';

/** Node's, where none is given (lib/net.js, setupListenHandle). */
const DEFAULT_BACKLOG = 511;

/**
 * Calls the server's own `listen`, so that subclasses and wrappers take part, with the sockets of `plan` in place of
 * Node's one. Resolves at 'listening'.
 */
export async function listenOnAll(
  server: net.Server,
  memory: Remembered,
  options: CheckedListenOptions,
  plan: Plan,
): Promise<OpenSockets<ListenHandle>> {
  const { signal, port, backlog, exclusive, reusePort } = options;
  const taken = new TakenListen(server, memory, options, plan);
  const onListening = (): void => taken.succeed();
  const onError = (error: Error): void => taken.fail(error);
  const onStop = (): void => taken.fail(abortError(signal?.reason));
  server.once('listening', onListening).once('error', onError).once('close', onStop);
  signal?.addEventListener('abort', onStop);
  try {
    // A wrapper may be asynchronous; what it rejects with would otherwise be lost.
    const wrapped: unknown = server.listen({ port, backlog, exclusive, reusePort });
    Promise.resolve(wrapped).catch(onError);
    return await taken.done;
  } catch (error) {
    taken.fail(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onStop);
    server.off('listening', onListening).off('error', onError).off('close', onStop);
  }
}

class TakenListen implements ListenPlan {
  readonly done: Promise<OpenSockets<ListenHandle>>;
  readonly #server: net.Server;
  readonly #memory: Remembered;
  readonly #options: CheckedListenOptions;
  readonly #plan: Plan;
  #settle!: { resolve: (opened: OpenSockets<ListenHandle>) => void; reject: (error: unknown) => void };
  #opened: OpenSockets<ListenHandle> | undefined;
  #failed = false;
  /** Tell the primary that this worker listens, one for each socket. */
  readonly #announcements: (() => void)[] = [];

  constructor(server: net.Server, memory: Remembered, options: CheckedListenOptions, plan: Plan) {
    this.#server = server;
    this.#memory = memory;
    this.#options = options;
    this.#plan = plan;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    memory.plan = this;
  }

  succeed(): void {
    if (this.#opened === undefined) return;
    this.#memory.plan = undefined;
    for (const announce of this.#announcements) announce();
    this.#settle.resolve(this.#opened);
  }

  /** Where an asynchronous wrapper has not come to bind yet, the plan stays, to refuse it when it does. */
  fail(error: unknown): void {
    this.#failed = true;
    if (this.#opened !== undefined) this.#memory.plan = undefined;
    this.#settle.reject(error);
  }

  bind(request: BindRequest, proceed: (request: BindRequest) => void): void {
    if (this.#failed) return this.#refuse();
    if (this.#opened !== undefined) return this.#start(this.#opened, request, proceed);
    const flags = (request.flags ?? 0) & ~UV_IPV6ONLY;
    const open = openHere(flags, request.backlog || DEFAULT_BACKLOG);
    this.#open(open, (opened) => {
      const [main] = opened.sockets;
      if (main !== undefined) giveHandle(this.#server, main.socket);
      this.#start(opened, request, proceed);
    });
  }

  askPrimary(query: PrimaryQuery, reply: PrimaryReply, ask: AskPrimary): void {
    if (this.#failed) return this.#refuse();
    const open: OpenHandle = (endpoint, port) =>
      new Promise((resolve, reject) => {
        const { owner, announce } = standIn(this.#server);
        const { address, family, v6Only } = endpoint;
        const flags = ((query.flags ?? 0) & ~UV_IPV6ONLY) | (v6Only ? UV_IPV6ONLY : 0);
        const question = { ...query, address, port, addressType: family === 'IPv6' ? 6 : 4, flags };
        ask(owner, question, (error, handle) => {
          try {
            if (error || !handle) throw listenError(error, endpoint, port);
            resolve(ready(handle, endpoint, port, this.#options.backlog || DEFAULT_BACKLOG));
            this.#announcements.push(announce);
          } catch (problem) {
            reject(problem);
          }
        });
      });
    this.#open(open, (opened) => reply(0, opened.sockets[0]?.socket));
  }

  /** Opens all sockets and goes on, unless `close()`, another `listen()` or the signal came in between. */
  #open(open: OpenHandle, goOn: (opened: OpenSockets<ListenHandle>) => void): void {
    const generation = listenGeneration(this.#server);
    const { port, required } = this.#options;
    openSockets(this.#plan, port, required, handleOpener(open)).then(
      (opened) => {
        this.#opened = opened;
        const overtaken = generation !== listenGeneration(this.#server);
        if (!this.#failed && !overtaken) return goOn(opened);
        for (const { socket } of opened.sockets) socket.close();
        this.fail(abortError(undefined));
      },
      (error) => this.#giveUp(error),
    );
  }

  #giveUp(error: unknown): void {
    this.#memory.plan = undefined;
    this.fail(error);
  }

  /** Node's own part, for the first socket; the others accept with it. */
  #start(
    opened: OpenSockets<ListenHandle>,
    request: BindRequest,
    proceed: (request: BindRequest) => void,
  ): void {
    const [main, ...others] = opened.sockets;
    if (main === undefined) return;
    const { address, family } = main.endpoint;
    proceed({ ...request, address, addressType: family === 'IPv6' ? 6 : 4 });
    const handles = others.map(({ socket }) => socket);
    if (this.#server.listening) attachHandles(this.#server, handles);
    else for (const handle of handles) handle.close();
  }

  #refuse(): void {
    this.#memory.plan = undefined;
    failListen(this.#server, abortError(undefined));
  }
}
