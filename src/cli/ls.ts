/** `v6only ls`: the sockets of this machine, and who can reach them, as text for people. */
import type { SocketAddress } from '../kernel/addon';
import { formatEndpoint, unmapIPv4 } from '../kernel/address';
import { listSockets } from '../machine/list-sockets';
import type { SocketRow } from '../machine/socket-rows';
import { type Cell, type Column, type Screen, table, visible, wrap } from './text-table';

export interface LsQuestion {
  port: number | undefined;
  pid: number | undefined;
  /** Connections too. */
  all: boolean;
}

const MARK = '*';
const UNKNOWN = '-';
/** For paragraphs where the screen's width is not known. */
const USUAL_COLUMNS = 80;

const EXPLAIN_MARK =
  'IPv4 on an AF_INET6 socket, so netstat on Linux lists it as tcp6 (udp6). This is normal: programs in Java, Node ' +
  'or Go open one IPv6 socket that accepts IPv4 too, and see such a peer as ::ffff:a.b.c.d. What travels is IPv4.';
const EXPLAIN_UNKNOWN = 'a program that is not visible to this user; root may see more.';
const EXPLAIN_CUT = 'cut to the width of this terminal; a pipe (| cat) or --json shows everything.';

/** By port, then protocol; those that wait for peers before their connections. */
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

function waits({ state }: SocketRow): boolean {
  return state === 'LISTEN' || state === 'UNCONNECTED';
}

export function formatList(rows: readonly SocketRow[], question: LsQuestion, screen: Screen): string {
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
  // No process holds a socket in TIME_WAIT and the like; a socket that waits for peers always has a process.
  if (rows.some((row) => row.pid === null && waits(row))) notes.push(`${UNKNOWN}  ${EXPLAIN_UNKNOWN}`);
  if (lines.some((line) => line.includes('…'))) notes.push(`…  ${EXPLAIN_CUT}`);
  return `${[...lines, ...notes.flatMap((note) => paragraph(note, screen))].join('\n')}\n`;
}

function nothing({ port, pid, all }: LsQuestion): string {
  const where = port === undefined ? '' : ` on port ${port}`;
  const whose = pid === undefined ? '' : ` in process ${pid}`;
  if (all) return `No TCP or UDP socket${where}${whose}.`;
  return `No listening socket${where}${whose}; --all shows connections too.`;
}

function paragraph(text: string, { columns }: Screen): string[] {
  const width = Math.min(columns ?? USUAL_COLUMNS, USUAL_COLUMNS);
  return ['', ...wrap(text, width)];
}

function columnsFor(all: boolean): Column[] {
  const peer = all ? [{ title: 'Peer', shrinks: true }] : [];
  return [
    { title: 'Proto', shrinks: false },
    { title: 'Local', shrinks: true },
    ...peer,
    { title: all ? 'Reached by, or state' : 'Reached by', shrinks: true },
    { title: 'Program', shrinks: true },
    { title: 'PID', shrinks: false },
  ];
}

function cellsOf(row: SocketRow, all: boolean): Cell[] {
  const { protocol, local, peer, state, program, pid } = row;
  const marked = carriesIPv4InIPv6(row);
  const peers = all ? [{ text: waits(row) ? UNKNOWN : endpoint(peer) }] : [];
  return [
    { text: marked ? protocol + MARK : protocol, style: marked ? 'yellow' : undefined },
    { text: endpoint(local) },
    ...peers,
    waits(row) ? reach(row) : { text: state, style: 'dim' },
    { text: program === null ? UNKNOWN : visible(program) },
    { text: pid === null ? UNKNOWN : String(pid) },
  ];
}

/** IPv4 in an AF_INET6 socket: what netstat on Linux calls tcp6 although IPv4 travels. */
export function carriesIPv4InIPv6({ family, accepts }: SocketRow): boolean {
  return family === 'IPv6' && accepts.length === 1 && accepts[0] === 'IPv4';
}

function endpoint({ address, port }: SocketAddress): string {
  return visible(formatEndpoint(unmapIPv4(address), port));
}

function reach({ accepts, local }: SocketRow): Cell {
  const [family = UNKNOWN, other] = accepts;
  if (other !== undefined) return { text: `${family} and ${other}`, style: 'bold' };
  const plain = unmapIPv4(local.address);
  if (plain === '::1' || plain.startsWith('127.')) return { text: `${family}, loopback`, style: 'dim' };
  return { text: `${family} only` };
}
