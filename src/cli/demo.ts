/** "Why is my IPv4 connection listed as tcp6?", shown with real sockets on loopback. */
import { once } from 'node:events';
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { acceptedFamilies } from '../kernel/accepts';
import { isError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { listen } from '../listen/listen';
import { describeSocket } from '../socket/describe';
import { setV6Only } from '../socket/v6only';
import { type DemoEnds, type DemoListener, type DemoRow, rowsOf } from './demo-rows';
import { align, wrap } from './text-table';

interface DemoClient {
  to: string;
  /** The server's view of the client, null where it was refused. */
  seenAs: string | null;
  /** The error code of a refused client. */
  error: string | null;
}

export interface DemoScene {
  title: string;
  code: string;
  v6Only: boolean | null;
  rows: DemoRow[];
  clients: DemoClient[];
  explanation: string;
}

interface Connection {
  client: DemoClient;
  /** null where the client was refused. */
  ends: DemoEnds | null;
}

/** Plays every scene in turn; each closes its sockets before the next. */
export async function playDemo(): Promise<DemoScene[]> {
  const stock = await play(createServer(), {
    title: 'A stock server',
    code: "net.createServer().listen(0, '::')",
    explanation: EXPLAIN_DUAL[currentPlatform().netstatShows],
  });
  const ipv6Only = await play(setV6Only(createServer()), {
    title: 'The same server, IPv6-only',
    code: "setV6Only(net.createServer()).listen(0, '::')",
    explanation:
      'IPV6_V6ONLY is 1: the kernel refuses IPv4 clients on this socket, and an IPv4 server may use the same port.',
  });
  const split = await play(
    createServer(),
    {
      title: 'Both families, on two sockets',
      code: 'listen(net.createServer(), { port: 0 })',
      explanation:
        'One server with an IPv6-only and an IPv4 socket on the same port: both clients are served, the IPv4 connection ' +
        'is listed as one, and the program sees a plain IPv4 address, which every filter and log understands.',
    },
    listenOnBoth,
  );
  return [stock, ipv6Only, split];
}

/** Listens, and returns the listening sockets. */
type Start = (server: Server) => Promise<DemoListener[]>;

async function listenOnWildcard(server: Server): Promise<DemoListener[]> {
  server.listen(0, '::');
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

const EXPLAIN_DUAL = {
  family:
    'There is one socket, of family AF_INET6, with IPV6_V6ONLY 0: it accepts both families. netstat on Linux prints ' +
    'the family of the socket, so the IPv4 connection is listed as tcp6 too, and the program sees its client as an ' +
    'IPv4-mapped address. A filter that knows only IPv4 addresses does not match it.',
  traffic:
    'There is one socket, of family AF_INET6, with IPV6_V6ONLY 0: it accepts both families, and netstat here says so ' +
    '(tcp46). The program sees its IPv4 client as an IPv4-mapped address, which a filter that knows only IPv4 ' +
    'addresses does not match.',
} as const;

async function play(
  server: Server,
  about: Pick<DemoScene, 'title' | 'code' | 'explanation'>,
  start: Start = listenOnWildcard,
): Promise<DemoScene> {
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
  return `The rows are what this process knows of its own sockets, since the system's list is not available: ${why}`;
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
  const lines = [
    title,
    '',
    `  ${code}`,
    `  IPV6_V6ONLY ${v6Only === null ? 'none' : Number(v6Only)}`,
    '',
    ...align([['Proto', 'Local Address', 'Foreign Address', 'State', 'End'], ...table]).map(indent),
    '',
    ...clients.map(formatClient),
    '',
    ...wrap(explanation, 76).map(indent),
  ];
  return `${lines.join('\n')}\n`;
}

function formatClient({ to, seenAs, error }: DemoClient): string {
  if (error !== null) return `  a client of ${to} is refused: ${error}`;
  return `  a client of ${to} is served; the program sees ${seenAs}`;
}

function indent(line: string): string {
  return `  ${line}`;
}
