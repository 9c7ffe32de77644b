/** The option of this process's own sockets, which the system's list lacks on Windows. */
import { addon } from '../kernel/addon';
import { SocketTable } from './socket-rows';

const UNKNOWN = -1;

/** Fills in the options of this thread's sockets. On Windows a row's inode is its process ID. */
export function completeOwn(table: SocketTable): void {
  const bytes = addon().listOwnSockets?.();
  if (typeof bytes !== 'object') return;
  const options = optionsOf(new SocketTable(bytes));
  for (let i = 0; i < table.length; i++) {
    const option = table.inode(i) === process.pid ? options.get(table.key(i)) : undefined;
    if (option !== undefined) table.setOption(i, option);
  }
}

/** By address; unknown if several sockets share one and differ. */
function optionsOf(own: SocketTable): Map<string, number> {
  const options = new Map<string, number>();
  for (let i = 0; i < own.length; i++) {
    const key = own.key(i);
    const known = options.get(key) ?? own.option(i);
    options.set(key, known === own.option(i) ? known : UNKNOWN);
  }
  return options;
}
