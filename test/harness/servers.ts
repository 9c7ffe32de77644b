/** Every kind of TCP server in Node, and what can be observed of one from outside. */
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { closing } from './leaks';
import { pause, until } from './sockets';

let made: { key: string; cert: string } | undefined;

/** A self-signed certificate, created once and kept in memory. */
export function certificate(): { key: string; cert: string } {
  made ??= makeCertificate();
  return made;
}

function makeCertificate(): { key: string; cert: string } {
  // Through cat, because openssl opens /dev/stdout, and Node gives a child a socket, which can't be opened.
  const request =
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost ' +
    '-keyout /dev/stdout -out /dev/stdout 2>/dev/null | cat';
  const pem = execFileSync('sh', ['-c', request], { encoding: 'utf8' });
  const start = pem.indexOf('-----BEGIN CERTIFICATE');
  return { key: pem.slice(0, start), cert: pem.slice(start) };
}

export const KINDS: readonly [name: string, make: () => net.Server][] = [
  ['net', () => net.createServer((socket) => socket.destroy())],
  ['http', () => http.createServer()],
  ['https', () => https.createServer(certificate())],
  ['http2', () => http2.createServer()],
  ['secure http2', () => http2.createSecureServer(certificate())],
  ['tls', () => tls.createServer(certificate())],
];

/** A plain server that the test closes. */
export function newServer(): net.Server {
  return closing(net.createServer((socket) => socket.destroy()));
}

export function addressOf(server: net.Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`no address: ${address}`);
  return address;
}

/** Listens and is listening, or rejects with the 'error'. */
export function listening(server: net.Server, ...args: unknown[]): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve(server);
    });
    Reflect.apply(server.listen, server, args);
  });
}

export function closed(server: net.Server): Promise<Error | undefined> {
  return new Promise((resolve) => server.close(resolve));
}

export interface ErrorFields {
  code?: unknown;
  address?: unknown;
  port?: unknown;
  [other: string]: unknown;
}

/** The fields of a Node error, without its text and what the package adds. */
export function fieldsOf(error: unknown): ErrorFields {
  if (!(error instanceof Error)) throw new Error(`no error: ${error}`);
  const fields: ErrorFields = {};
  for (const key of Object.keys(error)) if (key !== 'reason') fields[key] = Reflect.get(error, key);
  return fields;
}

export interface Observation {
  threw: string | undefined;
  returnsItself: boolean;
  /** The result of `address()` in the same tick, without the port. */
  atOnce: unknown;
  listeningAtOnce: boolean;
  /** What a second call in the same tick throws. */
  second: string | undefined;
  events: string[];
  error: ErrorFields | undefined;
  /** The final address, without the port. */
  address: unknown;
  key: unknown;
}

function withoutPort(address: AddressInfo | string | null): unknown {
  if (address === null || typeof address === 'string') return address;
  return { address: address.address, family: address.family };
}

function codeThrownBy(step: () => unknown): string | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** Observes one `listen` from the call to the end, for comparison with a stock server. */
export async function observe(
  server: net.Server,
  act: (server: net.Server, callback: () => void) => unknown,
  again?: (server: net.Server, callback: () => void) => unknown,
): Promise<Observation> {
  const events: string[] = [];
  let error: ErrorFields | undefined;
  const note = (name: string) => () => void events.push(name);
  const onError = (e: Error) => {
    events.push('error');
    error = fieldsOf(e);
  };
  const listeners = { listening: note('listening'), close: note('close') };
  server.on('listening', listeners.listening).on('close', listeners.close).on('error', onError);
  let returned: unknown;
  const threw = codeThrownBy(() => {
    returned = act(server, note('callback'));
  });
  const atOnce = withoutPort(server.address());
  const listeningAtOnce = server.listening;
  const second = again === undefined ? undefined : codeThrownBy(() => again(server, note('second callback')));
  process.nextTick(note('tick'));
  setImmediate(note('immediate'));
  await settled(events, threw);
  const address = withoutPort(server.address());
  const key = Reflect.get(server, '_connectionKey');
  server.off('listening', listeners.listening).off('close', listeners.close).off('error', onError);
  const returnsItself = returned === server;
  return { threw, returnsItself, atOnce, listeningAtOnce, second, events, error, address, key };
}

const ENDS = new Set(['listening', 'error', 'close']);

/** Waits for an outcome, and then until nothing has happened for a while. */
async function settled(events: readonly string[], threw: string | undefined): Promise<void> {
  await until(() => threw !== undefined || events.some((e) => ENDS.has(e)));
  let seen = -1;
  while (seen !== events.length) {
    seen = events.length;
    await pause(20);
  }
}
