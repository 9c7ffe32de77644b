/** Takes a server's own `listen()` over, so that it ends with several sockets or with none. */
import type net from 'node:net';
import { abortError } from '../kernel/node-errors';
import { type PrimaryQuery, type PrimaryReply, standIn } from '../runtime/cluster';
import { addressType, withIPv6Only } from '../runtime/flags';
import {
  discardHandle,
  holdConnections,
  type ListenHandle,
  skipNextListen,
  takeWithPort,
} from '../runtime/handles';
import { type BindRequest, giveHandle, listenGeneration, takeHandleBack } from '../runtime/servers';
import { attachHandles } from '../runtime/several';
import type { AskPrimary, ListenPlan } from '../socket/remembered';
import type { Endpoint, Plan } from './endpoints';
import {
  type BoundHandle,
  handleOpener,
  listenError,
  type OpenSockets,
  openHere,
  openSockets,
  openSocketsNow,
  ready,
} from './open-sockets';
import type { Required } from './options';

/** Node's, where none is given (lib/net.js, setupListenHandle). */
const DEFAULT_BACKLOG = 511;

type Opened = OpenSockets<ListenHandle>;

export interface Wanted {
  readonly port: number;
  readonly required: Required;
  readonly plan: Plan;
}

/** One listen of one server. `failed` is told why there are no sockets; nothing is open then. */
export class TakenListen implements ListenPlan {
  readonly #server: net.Server;
  readonly #wanted: Wanted;
  readonly #failed: (error: unknown) => void;
  /** In a cluster worker: how the primary is told that a socket which it opened is in use. */
  readonly #announcements = new Map<ListenHandle, () => void>();
  #opened: Opened | undefined;
  #cancelled = false;
  /** The listen that the primary was last asked for. */
  #asked: number | undefined;

  constructor(server: net.Server, wanted: Wanted, failed: (error: unknown) => void) {
    this.#server = server;
    this.#wanted = wanted;
    this.#failed = failed;
  }

  get opened(): Opened | undefined {
    return this.#opened;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** From now on nothing is opened, and what arrives from the primary is given back. */
  cancel(): void {
    this.#cancelled = true;
  }

  bind(request: BindRequest, proceed: (request: BindRequest) => void): void {
    try {
      this.#start(this.#opened ?? this.#openHere(request), request, proceed);
    } catch (error) {
      this.#giveUp();
      this.#failed(error);
    }
  }

  /** Closes what was opened for a server that then did not take it. */
  #giveUp(): void {
    const sockets = this.#opened?.sockets ?? [];
    this.#opened = undefined;
    for (const { socket } of sockets) discardHandle(socket);
    for (const { socket } of sockets) takeHandleBack(this.#server, socket);
  }

  #openHere({ flags, backlog }: BindRequest): Opened {
    if (this.#cancelled) throw abortError(undefined);
    const { plan, port, required } = this.#wanted;
    const open = openHere(flags ?? 0, backlog || DEFAULT_BACKLOG);
    this.#opened = openSocketsNow(plan, port, required, handleOpener(open));
    const [main] = this.#opened.sockets;
    if (main !== undefined) giveHandle(this.#server, main.socket);
    return this.#opened;
  }

  /** Node's own part, for the first socket; the others accept with it. */
  #start({ sockets }: Opened, request: BindRequest, proceed: (request: BindRequest) => void): void {
    const [main, ...others] = sockets;
    if (main === undefined) return;
    const { address, family } = main.endpoint;
    // A handle without a descriptor is a cluster primary's, and has a listen of its own.
    if (main.socket.fd !== undefined) skipNextListen(main.socket);
    proceed({ ...request, address, addressType: addressType(family) });
    const handles = others.map(({ socket }) => socket);
    if (!this.#server.listening) {
      for (const handle of handles) discardHandle(handle);
      return;
    }
    attachHandles(this.#server, handles);
    // Once: the primary's 'listening' stands for a server, not for a socket.
    const announce = this.#announcements.get(main.socket);
    if (announce !== undefined) this.#server.once('listening', announce);
  }

  /** Where the user's own `listen` supersedes the one that asked, it asks again, and only the last question counts. */
  askPrimary(query: PrimaryQuery, reply: PrimaryReply, ask: AskPrimary): void {
    const generation = listenGeneration(this.#server);
    this.#asked = generation;
    const { plan, port, required } = this.#wanted;
    const opener = handleOpener((endpoint, wanted) => this.#askFor(endpoint, wanted, query, ask));
    const failed = (error: unknown): void => {
      if (this.#asked === generation) this.#failed(error);
    };
    openSockets(plan, port, required, opener).then((opened) => {
      const overtaken = this.#cancelled || generation !== listenGeneration(this.#server);
      if (!overtaken) {
        this.#opened = opened;
        return answer(reply, opened.sockets[0]);
      }
      for (const { socket } of opened.sockets) discardHandle(socket);
      failed(abortError(undefined));
    }, failed);
  }

  #askFor(endpoint: Endpoint, port: number, query: PrimaryQuery, ask: AskPrimary): Promise<BoundHandle> {
    const { address, family, v6Only } = endpoint;
    const { owner, announce } = standIn(this.#server);
    const flags = withIPv6Only(query.flags, v6Only === true);
    const question = { ...query, address, port, addressType: addressType(family), flags };
    return new Promise((resolve, reject) => {
      ask(owner, question, (error, handle) => {
        try {
          if (!handle) throw listenError(error, endpoint, port);
          holdConnections(handle);
          resolve(ready(handle, endpoint, port, query.backlog || DEFAULT_BACKLOG));
          this.#announcements.set(handle, announce);
        } catch (problem) {
          reject(problem);
        }
      });
    });
  }
}

function answer(reply: PrimaryReply, main: Opened['sockets'][number] | undefined): void {
  if (main !== undefined) takeWithPort(main.socket, main.port, () => reply(0, main.socket));
}
