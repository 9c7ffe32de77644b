/** Whether servers of this process share the sockets of a cluster primary. */
export function isClusterWorker(): boolean {
  // A worker has a channel to its primary; without one, cluster need not be loaded to be asked.
  if (process.send === undefined) return false;
  const { isWorker }: typeof import('node:cluster').default = require('node:cluster');
  return isWorker;
}

/** One listener for all, since a worker may have more listens under way than Node's limit for listeners. */
const waiting = new Set<() => void>();
let hears = false;

/**
 * Calls `act` once this worker has lost its primary, which then answers no `listen` any more.
 * @returns a function that no longer waits for it.
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
