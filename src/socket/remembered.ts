import type { PrimaryQuery, PrimaryReply } from '../runtime/cluster';
import type { BindRequest } from '../runtime/servers';

/** How a server that listens on several sockets gets them, in place of Node's one. */
export interface ListenPlan {
  bind(request: BindRequest, proceed: (request: BindRequest) => void): void;
  /** In a cluster worker, where the primary opens the sockets. */
  askPrimary(query: PrimaryQuery, reply: PrimaryReply, ask: AskPrimary): void;
}

export type AskPrimary = (owner: object, query: PrimaryQuery, reply: PrimaryReply) => void;

/** What was asked of a server or a udp6 socket that had no descriptor yet. */
export interface Remembered {
  v6Only?: boolean;
  /** The value that the cluster primary was last asked for. */
  askedOfPrimary?: boolean;
  /** Whether Node went on with the socket that came from there. */
  tookPrimarys?: boolean;
  plan?: ListenPlan | undefined;
  /** A `listen(server, options)` that has not ended. */
  pending?: object | undefined;
  /** For a udp6 socket on the wildcard, where a policy for the process decides and nobody else did. */
  policy?: boolean;
}

/** One whose value was chosen. */
export type Chosen = Remembered & { v6Only: boolean };

export function isChosen(memory: Remembered): memory is Chosen {
  return memory.v6Only !== undefined;
}

/** A constructor that returns what it is given, so that a subclass adds its private fields to that. */
class Given {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: returning the target is how a private field gets onto it.
    return target;
  }
}

/**
 * Keeps a record in a private field of the target itself: nobody can meet it, it goes with the target, and a listen
 * costs about a seventh less than with an entry in a WeakMap, whose price is paid in garbage collection (measured).
 */
class Keeper extends Given {
  readonly #memory: Remembered;

  constructor(target: object, memory: Remembered) {
    super(target);
    this.#memory = memory;
  }

  static recall(target: object): Remembered | undefined {
    return #memory in target ? target.#memory : undefined;
  }
}

export function recall(target: object): Remembered | undefined {
  return Keeper.recall(target);
}

/** What is kept for a target; `install` runs the first time. */
export function remember(target: object, install: (memory: Remembered) => void): Remembered {
  const known = recall(target);
  if (known !== undefined) return known;
  const fresh: Remembered = {};
  install(fresh);
  new Keeper(target, fresh);
  return fresh;
}
