/** Packages that shut a server down: of a split server they end the connections of both families, as of a stock one. */
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { HOSTS, type Host, listeners } from '../harness/peers';
import { certificate } from '../harness/servers';
import { tryConnect, until } from '../harness/sockets';
import { Program, type Way } from './program';

type Scheme = 'http' | 'https';

/** A client that sees its connection: what was answered, and how it ended. */
class Client {
  readonly socket: net.Socket;
  received = '';
  end: string | undefined;

  constructor(scheme: Scheme, host: Host, port: number) {
    const options = { host, port, rejectUnauthorized: false };
    this.socket = scheme === 'https' ? tls.connect(options) : net.connect(options);
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.end ??= error.code ?? error.message;
    });
    this.socket.on('close', () => {
      this.end ??= 'closed';
    });
  }

  ask(path: string): void {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  /** Status, whether the connection is to be closed, and the body, of the only answer; '' without one. */
  get answer(): string {
    const [head = '', body = ''] = this.received.split('\r\n\r\n');
    if (head === '') return '';
    return [head.slice('HTTP/1.1 '.length, 12), /^connection: (.*)$/im.exec(head)?.[1], body].join(' ');
  }
}

/** One that has asked nothing, one that has an answer and keeps the connection, one whose answer is under way. */
async function clientsOf(program: Program, scheme: Scheme, port: number): Promise<Record<string, Client>> {
  const clients: Record<string, Client> = {};
  for (const host of HOSTS) {
    const [silent, idle, busy] = [0, 1, 2].map(() => new Client(scheme, host, port));
    if (silent === undefined || idle === undefined || busy === undefined) throw new Error('no clients');
    idle.ask('/');
    busy.ask('/slow');
    expect(await program.says()).toBe('asked slowly');
    await until(() => idle.answer !== '' && !silent.socket.connecting);
    Object.assign(clients, { [`silent ${host}`]: silent, [`idle ${host}`]: idle, [`busy ${host}`]: busy });
  }
  return clients;
}

interface Outcome {
  listeners: string[];
  /** Of each client, its answer and its end. */
  clients: Record<string, string>;
  left: { endedAtOnce?: [ipv6: number, ipv4: number]; closes: number; listening: boolean; sockets: number };
  refused: string[];
  ended: { status: number | null; stderr: string };
}

async function shutDown(name: string, way: Way, scheme: Scheme): Promise<Outcome> {
  const env = scheme === 'https' ? { CERTIFICATE: JSON.stringify(certificate()) } : {};
  const program = new Program('shutdown.cjs', way, [name, way, scheme], env);
  try {
    const { port } = await program.says<{ port: number }>();
    const rows = listeners(port);
    const clients = await clientsOf(program, scheme, port);
    program.send('stop');
    const left = await program.says<Outcome['left']>();
    const refused = await Promise.all(HOSTS.map((host) => tryConnect(host, port)));
    await until(() => Object.values(clients).every(({ end }) => end !== undefined));
    const seen = Object.entries(clients).map(([kind, { answer, end }]) => [kind, `${answer}, ${end}`]);
    return {
      listeners: rows,
      clients: Object.fromEntries(seen),
      left,
      refused,
      ended: await program.ended(),
    };
  } finally {
    program.kill();
  }
}

const PACKAGES = [
  'http-terminator',
  'stoppable',
  'server-destroy',
  'http-graceful-shutdown',
  '@godaddy/terminus',
  'close-with-grace',
];

/** What the stock server of the same package came to, but for the sockets and the IPv4 addresses. */
function asSplit({ clients, ...stock }: Outcome): Outcome {
  const plain = Object.entries(clients).map(([kind, seen]) => [kind, seen.replace('::ffff:', '')]);
  return { ...stock, clients: Object.fromEntries(plain), listeners: ['[::] v6only:1', '0.0.0.0'] };
}

describe.each([
  ...PACKAGES.map((name) => [name, 'http'] as const),
  ...PACKAGES.slice(0, 4).map((name) => [name, 'https'] as const),
])('%s, %s', (name, scheme) => {
  const ways = scheme === 'http' ? (['setStack', 'listen', 'register'] as const) : (['setStack'] as const);
  it.concurrent('ends the connections of both families of a split server as those of a stock one', async ({
    expect,
  }) => {
    const [stock, ...split] = await Promise.all(
      (['stock', ...ways] as const).map((way) => shutDown(name, way, scheme)),
    );
    if (stock === undefined) throw new Error('no outcome');
    expect(stock).toMatchObject({
      listeners: ['* v6only:0'],
      left: { closes: 1, listening: false, sockets: 0 },
      refused: ['ECONNREFUSED', 'ECONNREFUSED'],
      ended: { status: 0, stderr: '' },
    });
    expect(Object.keys(stock.clients)).toHaveLength(6);
    for (const outcome of split) expect(outcome).toEqual(asSplit(stock));
  });
});
