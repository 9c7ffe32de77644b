/** Clients of either family, and a port's listeners as the kernel shows them. */
import { once } from 'node:events';
import net from 'node:net';
import { cleanUp } from './leaks';
import { run } from './node-child';
import { ssRows } from './ss.cjs';

export type Host = '::1' | '127.0.0.1';
export const HOSTS: readonly Host[] = ['::1', '127.0.0.1'];

/** IPv6 first: '[::] v6only:1', '0.0.0.0', '* v6only:0' for a dual-stack wildcard. */
export function listeners(port: number, kind: 'tcp' | 'udp' = 'tcp'): string[] {
  return ssRows({ kind, port })
    .map(({ local, v6Only }) => {
      const address = local.slice(0, local.lastIndexOf(':'));
      return v6Only === null ? address : `${address} v6only:${v6Only}`;
    })
    .sort((a, b) => Number(b.includes('v6only')) - Number(a.includes('v6only')));
}

/** A connected client, destroyed at the end of the test. */
export async function connected(host: Host, port: number): Promise<net.Socket> {
  const socket = net.connect(port, host);
  cleanUp(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** A new connection, and the server's side of it. */
export async function accept(server: net.Server, host: Host, port: number) {
  const connection = once(server, 'connection');
  const client = await connected(host, port);
  const [socket]: net.Socket[] = await connection;
  if (socket === undefined) throw new Error('no socket');
  return { client, socket };
}

/** What `curl -4` or `curl -6` prints for localhost; its exit status and message if it fails. */
export async function curl(host: Host, url: string, ...flags: string[]): Promise<string> {
  const family = host === '::1' ? '-6' : '-4';
  const args = [family, '-sS', '-k', '-g', '--max-time', '5', '--noproxy', '*', ...flags, url];
  const { status, stdout, stderr } = await run('curl', args);
  return status === 0 ? stdout : `curl ${status}: ${stderr.trim()}`;
}

/** Resolves with its value, or with 'never' if nothing comes. */
export async function within<T>(promise: Promise<T>, ms = 10_000): Promise<T | 'never'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'never'>((resolve) => {
    timer = setTimeout(() => resolve('never'), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export interface Rejection extends NodeJS.ErrnoException {
  reason?: string;
  address?: string;
  port?: number;
}

/** The error that a promise rejects with; throws if it doesn't. */
export async function rejection(promise: Promise<unknown>): Promise<Rejection> {
  const error: unknown = await promise.then(
    () => new Error('did not reject'),
    (reason) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error(`rejected with ${error}`);
}

/** How many times each event was emitted. */
export function counted(emitter: NodeJS.EventEmitter, ...names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    counts[name] = 0;
    emitter.on(name, () => {
      counts[name] = (counts[name] ?? 0) + 1;
    });
  }
  return counts;
}
