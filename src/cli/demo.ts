/** "Why is my IPv4 connection listed as tcp6?", shown with real sockets on loopback. */
import { once } from 'node:events';
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import { isError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { listen } from '../listen/listen';
import { defaultV6Only } from '../machine/defaults';
import { findAddress } from '../machine/interfaces';
import { describeSocket } from '../socket/describe';
import { setV6Only } from '../socket/v6only';
import { type DemoEnds, type DemoListener, type DemoRow, rowsOf } from './demo-rows';
import { type DemoText, scenesOf } from './demo-texts';
import { align, wrap } from './text-table';

interface DemoClient {
  to: string;
  /** The client's address as the server sees it; null if it was refused. */
  seenAs: string | null;
  /** The error code of a refused client. */
  error: string | null;
}

export interface DemoScene extends DemoText {
  v6Only: boolean | null;
  rows: DemoRow[];
  clients: DemoClient[];
}

interface Connection {
  client: DemoClient;
  /** null if the client was refused. */
  ends: DemoEnds | null;
}

/** Plays every scene in turn; each closes its sockets before the next. */
export async function playDemo(): Promise<DemoScene[]> {
  const ipv6 = defaultV6Only() !== null;
  const { stock, ipv6Only, split } = scenesOf(ipv6, findAddress('IPv6'), currentPlatform().netstatShows);
  return [
    await play(createServer(), stock, ipv6 ? listenOnWildcard : listenWithoutHost),
    ipv6
      ? await play(setV6Only(createServer()), ipv6Only)
      : { ...ipv6Only, v6Only: null, rows: [], clients: [] },
    await play(createServer(), split, listenOnBoth),
  ];
}

/** Listens, and returns the listening sockets. */
type Start = (server: Server) => Promise<DemoListener[]>;

async function listenOnWildcard(server: Server): Promise<DemoListener[]> {
  return openAt(server.listen(0, '::'));
}

async function listenWithoutHost(server: Server): Promise<DemoListener[]> {
  return openAt(server.listen(0));
}

async function openAt(server: Server): Promise<DemoListener[]> {
  await once(server, 'listening');
  const { family, accepts, local } = describeSocket(server);
  return local === null ? [] : [{ family, accepts, local }];
}

async function listenOnBoth(server: Server): Promise<DemoListener[]> {
  const { sockets } = await listen(server, { port: 0 });
  return sockets.map((socket) => {
    const { family, address, port } = socket;
    return { family, accepts: acceptedFamilies(socket), local: { address, port } };
  });
}

async function play(server: Server, about: DemoText, start: Start = listenOnWildcard): Promise<DemoScene> {
  const accepted: Socket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  const listeners = await start(server);
  const connections: Connection[] = [];
  try {
    const { v6Only, local } = describeSocket(server);
    const port = local?.port ?? 0;
    for (const host of ['127.0.0.1', '::1']) connections.push(await connect(server, host, port));
    const ends = endsOf(connections);
    const { rows, unlisted } = await rowsOf(listeners, ends);
    const explanation = unlisted === null ? about.explanation : `${about.explanation} ${notListed(unlisted)}`;
    return { ...about, explanation, v6Only, rows, clients: connections.map(({ client }) => client) };
  } finally {
    for (const socket of [...accepted, ...endsOf(connections).map(({ client }) => client)]) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

function endsOf(connections: readonly Connection[]): DemoEnds[] {
  return connections.flatMap(({ ends }) => ends ?? []);
}

function notListed(why: string): string {
  return `The rows are what this process knows about its own sockets, because the system's list is not available: ${why}`;
}

async function connect(server: Server, to: string, port: number): Promise<Connection> {
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connectTo(port, to);
  try {
    await once(client, 'connect');
  } catch (error) {
    server.removeAllListeners('connection');
    const code = isError(error) && 'code' in error ? String(error.code) : String(error);
    return { client: { to, seenAs: null, error: code }, ends: null };
  }
  const peer = await accepted;
  const seenAs = peer.remoteAddress ?? null;
  return { client: { to, seenAs, error: null }, ends: { server: peer, client } };
}

export function formatDemo(scenes: readonly DemoScene[]): string {
  return scenes.map(formatScene).join('\n');
}

function formatScene({ title, code, v6Only, rows, clients, explanation }: DemoScene): string {
  const table = rows.map(({ protocol, local, peer, state, end }) => [protocol, local, peer, state, end]);
  const listed =
    table.length === 0
      ? []
      : align([['Proto', 'Local Address', 'Foreign Address', 'State', 'End'], ...table]);
  const paragraphs = [
    [code, `IPV6_V6ONLY ${v6Only === null ? 'none' : Number(v6Only)}`],
    listed,
    clients.map(formatClient),
    wrap(explanation, 76),
  ].filter((lines) => lines.length > 0);
  return `${[title, ...paragraphs.map((lines) => lines.map(indent).join('\n'))].join('\n\n')}\n`;
}

function formatClient({ to, seenAs, error }: DemoClient): string {
  if (error !== null) return `a client connecting to ${to} is refused: ${error}`;
  return `a client connecting to ${to} is served; the program sees ${seenAs}`;
}

function indent(line: string): string {
  return `  ${line}`;
}
