/** Whether servers of this process share the sockets of a cluster primary. */
export function isClusterWorker(): boolean {
  // A worker has a channel to its primary; without one, cluster need not be loaded to be asked.
  if (process.send === undefined) return false;
  const { isWorker }: typeof import('node:cluster').default = require('node:cluster');
  return isWorker;
}
