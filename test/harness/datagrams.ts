/** udp sockets, the ways in which Node binds one, and the results. */
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { cleanUp, closing } from './leaks';
import { until } from './sockets';

export function newSocket(options: Partial<dgram.SocketOptions> = {}): dgram.Socket {
  return closing(dgram.createSocket({ type: 'udp6', ...options }));
}

/** `bindSync`, if this Node has it: 24.19, 26.4 and later. */
export const hasBindSync = 'bindSync' in dgram.Socket.prototype;

export function bindSync(socket: dgram.Socket, options: object): unknown {
  const method: unknown = Reflect.get(socket, 'bindSync');
  if (typeof method !== 'function') throw new Error('no bindSync here');
  return method.call(socket, options);
}

/** A port on ::1 where nothing expects datagrams. */
const DISCARD = 9;

type Binder = readonly [name: string, bind: (socket: dgram.Socket) => unknown];

const SYNC: readonly Binder[] = hasBindSync ? [['bindSync()', (s) => bindSync(s, {})]] : [];

/** Every call that makes Node open and bind a udp6 socket. */
export const BINDERS: readonly Binder[] = [
  ['bind()', (s) => s.bind()],
  ['bind(0)', (s) => s.bind(0)],
  ["bind(0, '::')", (s) => s.bind(0, '::')],
  ['bind({ port, exclusive })', (s) => s.bind({ port: 0, exclusive: true })],
  ...SYNC,
  ['send()', (s) => s.send('x', DISCARD, '::1')],
  ['connect()', (s) => s.connect(DISCARD, '::1')],
  ['addMembership()', (s) => s.addMembership('ff12::1234', '::%lo')],
  ['addSourceSpecificMembership()', (s) => s.addSourceSpecificMembership('::1', 'ff32::1234', '::%lo')],
  ['dropMembership()', (s) => s.dropMembership('ff12::1234', '::%lo')],
  ['dropSourceSpecificMembership()', (s) => s.dropSourceSpecificMembership('::1', 'ff32::1234', '::%lo')],
];

export interface Bound {
  /** The code of the error that the call threw, which a stock socket throws too. */
  threw: string | undefined;
  port: number | undefined;
}

/** Calls a binder, and waits until the socket has a port. */
export async function bindBy(
  socket: dgram.Socket,
  binder: (socket: dgram.Socket) => unknown,
): Promise<Bound> {
  let threw: string | undefined;
  try {
    binder(socket);
  } catch (error) {
    threw = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  await until(() => portOf(socket) !== undefined);
  return { threw, port: portOf(socket) };
}

export function portOf(socket: dgram.Socket): number | undefined {
  try {
    return socket.address().port;
  } catch {
    return undefined;
  }
}

/** A client connected to a port, so that it gets an error if nothing receives there. */
export async function connectedTo(port: number, host: '127.0.0.1' | '::1'): Promise<dgram.Socket> {
  const client = closing(dgram.createSocket(host === '::1' ? 'udp6' : 'udp4'));
  client.connect(port, host);
  await once(client, 'connect');
  return client;
}

/** The apparent sender of a datagram from `host`; null if it doesn't arrive. */
export async function arrivesFrom(socket: dgram.Socket, host: '127.0.0.1' | '::1'): Promise<string | null> {
  const client = await connectedTo(portOf(socket) ?? 0, host);
  let from: string | null | undefined;
  const onMessage = (_message: Buffer, peer: dgram.RemoteInfo) => {
    from = peer.address;
  };
  socket.on('message', onMessage);
  client.on('error', () => {
    from = null;
  });
  client.send('hello');
  await until(() => from !== undefined);
  socket.off('message', onMessage);
  return from ?? null;
}

/** A Python program that holds a port; it ends with the test. */
export async function heldByPython(family: 'AF_INET' | 'AF_INET6', address: string) {
  const code = `
import socket, sys
s = socket.socket(socket.${family}, socket.SOCK_DGRAM); s.bind(('${address}', 0))
print(s.getsockname()[1], flush=True); sys.stdin.read()`;
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  cleanUp(() => {
    child.stdin.end();
    return exit;
  });
  const [line] = await once(child.stdout, 'data');
  return { port: Number(line), pid: child.pid };
}
