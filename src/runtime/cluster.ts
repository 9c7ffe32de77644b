/** Whether servers of this process share the sockets of a cluster primary. */
export function isClusterWorker(): boolean {
  // A worker has a channel to its primary; without one there is no need to load cluster.
  if (process.send === undefined) return false;
  const { isWorker }: typeof import('node:cluster').default = require('node:cluster');
  return isWorker;
}

/** One shared listener, because a worker may have more listens in progress than Node's listener limit. */
const waiting = new Set<() => void>();
let hears = false;

/**
 * Calls `act` once this worker has lost its primary, which then no longer answers any `listen`.
 * @returns a function that stops waiting.
 */
export function onDisconnect(act: () => void): () => void {
  if (!isClusterWorker()) return () => {};
  waiting.add(act);
  if (!process.connected) process.nextTick(loseAll);
  if (!hears) {
    const { worker }: typeof import('node:cluster').default = require('node:cluster');
    worker?.once('disconnect', loseAll);
    hears = true;
  }
  return () => waiting.delete(act);
}

function loseAll(): void {
  for (const act of waiting) act();
  waiting.clear();
}
