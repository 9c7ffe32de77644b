import type { BindRequest, PrimaryQuery, PrimaryReply } from './node-internals';

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

/** Weak, so that nothing is kept alive and nothing is left on the object for others to meet. */
const remembered = new WeakMap<object, Remembered>();

export function recall(target: object): Remembered | undefined {
  return remembered.get(target);
}

/** What is kept for a target; `install` runs the first time. */
export function remember(target: object, install: (memory: Remembered) => void): Remembered {
  const known = remembered.get(target);
  if (known !== undefined) return known;
  const fresh: Remembered = {};
  install(fresh);
  remembered.set(target, fresh);
  return fresh;
}
