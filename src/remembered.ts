import type dgram from 'node:dgram';
import type net from 'node:net';

/** What was asked of a server or a udp6 socket that had no descriptor yet. */
export interface Remembered {
  v6Only: boolean;
  /** The host of the last `listen`, as the user wrote it. */
  host?: string | undefined;
  /** The value that the cluster primary was last asked for. */
  askedOfPrimary?: boolean;
}

/** Weak, so that nothing is kept alive and nothing is left on the object for others to meet. */
const remembered = new WeakMap<object, Remembered>();

export function recall(target: object): Remembered | undefined {
  return remembered.get(target);
}

/** Keeps the value; returns what is new to keep it in, or undefined where something was kept already. */
export function remember(target: net.Server | dgram.Socket, v6Only: boolean): Remembered | undefined {
  const known = remembered.get(target);
  if (known !== undefined) {
    known.v6Only = v6Only;
    return undefined;
  }
  const fresh: Remembered = { v6Only };
  remembered.set(target, fresh);
  return fresh;
}
