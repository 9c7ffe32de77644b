/** `v6only ls`: the sockets of this machine and which clients can reach them, as text. */
import type { SocketAddress } from '../kernel/addon';
import { formatEndpoint, unmapIPv4 } from '../kernel/address';
import { listSockets } from '../machine/list-sockets';
import type { SocketRow } from '../machine/socket-rows';
import { carriesIPv4InIPv6, originOf, waits } from './reach';
import { type Cell, type Column, paragraph, type Screen, table, visible } from './text-table';

export interface LsQuestion {
  port: number | undefined;
  pid: number | undefined;
  /** Connections too. */
  all: boolean;
}

const MARK = '*';
const UNKNOWN = '-';

const EXPLAIN_MARK =
  'IPv4 on an AF_INET6 socket, so netstat on Linux lists it as tcp6 (udp6). This is normal: programs in Java, Node ' +
  'or Go open one IPv6 socket that accepts IPv4 too, and see such a peer as ::ffff:a.b.c.d. The packets are IPv4.';
const EXPLAIN_UNKNOWN = 'the program is not visible to this user; root may see more.';
/** In another process namespace, or the kernel itself. */
const EXPLAIN_UNKNOWN_TO_ROOT = 'the program is not visible here: in another container, or the kernel.';
const EXPLAIN_CUT = 'cut to the width of this terminal; a pipe (| cat) or --json shows everything.';

/** By port, then protocol; sockets waiting for peers before their connections. */
export async function list({ port, pid, all }: LsQuestion): Promise<SocketRow[]> {
  const rows = await listSockets({ listening: all ? undefined : true, port, pid });
  return rows.sort(
    (a, b) =>
      a.local.port - b.local.port ||
      compare(a.protocol, b.protocol) ||
      Number(waits(b)) - Number(waits(a)) ||
      compare(a.local.address, b.local.address) ||
      compare(a.peer.address, b.peer.address) ||
      a.peer.port - b.peer.port ||
      (a.pid ?? 0) - (b.pid ?? 0),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function formatList(
  rows: readonly SocketRow[],
  question: LsQuestion,
  screen: Screen,
  isRoot = process.geteuid?.() === 0,
): string {
  if (rows.length === 0) return `${nothing(question)}\n`;
  const { all } = question;
  const columns = columnsFor(all);
  const lines = table(
    columns,
    rows.map((row) => cellsOf(row, all)),
    screen,
  );
  const notes: string[] = [];
  if (rows.some(carriesIPv4InIPv6)) notes.push(`${MARK}  ${EXPLAIN_MARK}`);
  // No process owns a socket in TIME_WAIT and the like; a socket waiting for peers always has one.
  if (rows.some((row) => row.pid === null && waits(row)))
    notes.push(`${UNKNOWN}  ${isRoot ? EXPLAIN_UNKNOWN_TO_ROOT : EXPLAIN_UNKNOWN}`);
  if (lines.some((line) => line.includes('…'))) notes.push(`…  ${EXPLAIN_CUT}`);
  return `${[...lines, ...notes.flatMap((note) => ['', ...paragraph(note, screen)])].join('\n')}\n`;
}

function nothing({ port, pid, all }: LsQuestion): string {
  const where = port === undefined ? '' : ` on port ${port}`;
  const whose = pid === undefined ? '' : ` in process ${pid}`;
  if (all) return `No TCP or UDP socket${where}${whose}.`;
  return `No listening socket${where}${whose}; --all shows connections too.`;
}

/** Listeners have no peer, and new clients don't reach connections, so they share columns. */
function columnsFor(all: boolean): Column[] {
  const reach = { title: all ? 'Reached by, or state' : 'Reached by', shrinks: true };
  return [
    { title: 'Proto', shrinks: false },
    { title: 'Local', shrinks: true },
    ...(all ? [{ title: 'From, or peer', shrinks: true }, reach] : [reach, { title: 'From', shrinks: true }]),
    { title: 'Program', shrinks: true },
    { title: 'PID', shrinks: false },
  ];
}

function cellsOf(row: SocketRow, all: boolean): Cell[] {
  const { protocol, local, peer, state, program, pid } = row;
  const marked = carriesIPv4InIPv6(row);
  const origin = { text: waits(row) ? originOf(local.address) : endpoint(peer) };
  const families = waits(row) ? reach(row) : { text: state, style: 'dim' as const };
  return [
    { text: marked ? protocol + MARK : protocol, style: marked ? 'yellow' : undefined },
    { text: endpoint(local) },
    ...(all ? [origin, families] : [families, origin]),
    { text: program === null ? UNKNOWN : visible(program) },
    { text: pid === null ? UNKNOWN : String(pid) },
  ];
}

function endpoint({ address, port }: SocketAddress): string {
  return visible(formatEndpoint(unmapIPv4(address), port));
}

function reach({ accepts }: SocketRow): Cell {
  const [family = UNKNOWN, other] = accepts;
  if (other !== undefined) return { text: `${family} and ${other}`, style: 'bold' };
  return { text: `${family} only` };
}
