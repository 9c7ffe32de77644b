import { addon, FAMILY } from '../kernel/addon';
import { codeOf } from '../kernel/errors';
import { accessDenied } from '../kernel/node-errors';
import { currentPlatform } from '../kernel/platforms';
import { networkDenied } from '../runtime/permission';
import { completeOwn } from './own-sockets';
import { exists, type Holder, readHolders } from './processes';
import {
  checkFilter,
  checkProcesses,
  isScarce,
  type ListOptions,
  listRefused,
  processHidden,
  type SocketFilter,
} from './socket-filter';
import { type SocketRow, SocketTable, statesOf, withHolder } from './socket-rows';
import { Turns } from './turns';

/**
 * Lists every TCP and UDP socket of this machine (this network namespace) that has a port, and the families it accepts.
 *
 * @param filter - Which sockets to list; applied in the kernel if possible.
 * @param options - `{ processes: false }` leaves `pid` and `program` null and is much faster.
 * @returns The sockets, in the kernel's order.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE. @throws {RangeError} ERR_OUT_OF_RANGE.
 * @throws {SystemError} ENOTSUP `unsupported-platform` if the system can't list sockets, or can't apply the filter;
 * ENOTSUP `not-visible` if `pid` is a process that this user can't inspect; `resources`.
 * @throws {Error} ERR_ADDON_UNAVAILABLE; ERR_ACCESS_DENIED of Node's permission model.
 * @category Look at the machine
 * @example
 * ```js
 * const net = require('node:net');
 * const { listSockets } = require('v6only');
 *
 * const server = net.createServer().listen(0, async () => {
 *   const [row] = await listSockets({ port: server.address().port, listening: true });
 *   console.log(row.protocol, row.state, row.accepts, row.pid === process.pid);
 *   server.close();
 * });
 * ```
 *
 * ```
 * tcp46 LISTEN [ 'IPv6', 'IPv4' ] true
 * ```
 */
export async function listSockets(
  filter: SocketFilter = {},
  options: ListOptions = {},
): Promise<SocketRow[]> {
  const { listening, port, pid } = checkFilter(filter);
  const processes = checkProcesses(options);
  const { lists } = currentPlatform();
  if (networkDenied()) throw accessDenied(lists);
  if (lists !== 'programs') return listByKernel({ listening, port, pid }, processes);
  const { listByPrograms } = await import('./base-system');
  const rows = await listByPrograms(processes, pid);
  return rows.filter((row) => matches(row, listening, port));
}

function matches(row: SocketRow, listening: boolean | undefined, port: number | undefined): boolean {
  const waits = row.state === 'LISTEN' || (row.state === 'UNCONNECTED' && row.local.port !== 0);
  return (listening === undefined || listening === waits) && (port === undefined || port === row.local.port);
}

async function listByKernel(filter: SocketFilter, processes: boolean): Promise<SocketRow[]> {
  const { listening, port = 0, pid } = filter;
  const holders = processes || pid !== undefined ? findHolders(pid) : undefined;
  // One for both families, which take turns with everything else and with each other.
  const turns = new Turns();
  const list = async (family: number): Promise<SocketRow[]> => {
    const bytes = await addon().listSockets?.(statesOf(listening), port, family);
    if (typeof bytes !== 'object') throw listRefused(bytes);
    const table = new SocketTable(bytes);
    completeOwn(table);
    return makeRows(table, await holders, pid !== undefined, turns);
  };
  // In parallel: the kernel needs a microsecond per socket, on other threads.
  const families = [list(FAMILY.IPv6), list(FAMILY.IPv4)] as const;
  // If one fails, nothing is left running when the caller learns of it.
  await Promise.allSettled([...families, holders]);
  const [ipv6, ipv4] = await Promise.all(families);
  return ipv6.concat(ipv4);
}

async function findHolders(pid: number | undefined): Promise<Map<number, Holder>> {
  const mayRead =
    currentPlatform().lists !== 'sock_diag' || (process.permission?.has('fs.read', '/proc') ?? true);
  const bytes = mayRead ? await addon().listProcesses?.(pid ?? 0) : undefined;
  if (typeof bytes === 'object') return readHolders(bytes);
  if (bytes !== undefined && isScarce(codeOf(bytes))) throw listRefused(bytes);
  if (pid !== undefined && exists(pid)) throw processHidden(pid);
  return new Map();
}

async function makeRows(
  table: SocketTable,
  holders: ReadonlyMap<number, Holder> | undefined,
  heldOnly: boolean,
  turns: Turns,
): Promise<SocketRow[]> {
  const rows: SocketRow[] = [];
  for (let i = 0; i < table.length; i++) {
    const holder = holders?.get(table.inode(i));
    if (holder !== undefined || !heldOnly) rows.push(withHolder(table.row(i), holder));
    if (turns.isOver()) await turns.next();
  }
  return rows;
}
