/** The asynchronous functions with options of every kind: an answer, or a documented error; nothing is left open. */
import dns from 'node:dns';
import net from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bindMatrix, bindUdp, listen, listSockets } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { pause } from '../harness/sockets';
import { FACTOR, requireDocumented, runs } from './documented';
import { hostile, options } from './hostile-values';

expectNoLeaks();

/** What Node and the lookup below have besides. */
const OTHERS = ['ERR_SERVER_ALREADY_LISTEN', 'ABORT_ERR', 'ENOTFOUND', 'ERR_INVALID_THIS'];
const LONGEST_MS = 10_000;
const PATIENCE_MS = 100;
const timeout = 3_600_000;

const real = dns.lookup;
const NAMES: Readonly<Record<string, string>> = { 'four.test': '127.0.0.1', 'six.test': '::1' };

/** No name leaves this process. */
function lookup(host: string, _options: unknown, done: (error: Error | null, found?: unknown) => void): void {
  const address = NAMES[host];
  const failure = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  setImmediate(() => {
    if (address === undefined) done(failure);
    else done(null, [{ address, family: net.isIP(address) }]);
  });
}

beforeAll(() => void Object.assign(dns, { lookup }));
afterAll(() => void Object.assign(dns, { lookup: real }));

const signals = fc.constantFrom(
  () => new AbortController().signal,
  () => AbortSignal.abort(),
  () => AbortSignal.timeout(1),
);

const HOSTS = [
  '::',
  '::1',
  '0.0.0.0',
  '127.0.0.1',
  '::ffff:127.0.0.1',
  '::1%lo',
  'four.test',
  'six.test',
  '',
  '::g',
];
const host = fc.constantFrom(...HOSTS);
const boolean = fc.boolean();

const common = {
  // Only 0, because the other ports of this machine are not ours.
  port: fc.constantFrom(undefined, null, 0, '0', -1, 65536, 1.5, '', 'x', Number.NaN, 0n),
  host: fc.oneof(host, fc.array(host, { maxLength: 4 }), fc.constant([undefined, '::1'])),
  stack: fc.constantFrom('split', 'ipv6', 'dual', 'system', 'v6'),
  required: fc.constantFrom('any', 'both'),
};

const listenOptions = options({ ...common, backlog: fc.constantFrom(0, 1, -1, 511), exclusive: boolean });
const udpOptions = options({
  ...common,
  reuseAddr: boolean,
  exclusive: boolean,
  recvBufferSize: fc.constantFrom(0, 1, 9000, 2 ** 31),
});
const filter = options({
  listening: boolean,
  port: fc.constantFrom(0, 1, 22, 65536),
  pid: fc.constantFrom(1, 2 ** 31),
});

/** An answer, or an error that may come out; never neither. */
async function settle<T>(promise: Promise<T>): Promise<T | undefined> {
  const tooLong = AbortSignal.timeout(LONGEST_MS);
  const hangs = new Promise<never>((_, reject) => {
    tooLong.addEventListener('abort', () => reject(new Error(`nothing after ${LONGEST_MS} ms`)), {
      once: true,
    });
  });
  try {
    return await Promise.race([promise, hangs]);
  } catch (error) {
    requireDocumented(error, OTHERS);
    return undefined;
  }
}

type Loose = (...args: unknown[]) => Promise<unknown>;
const loose = (named: unknown): Loose => {
  if (typeof named !== 'function') throw new Error('no function');
  return (...args) => Reflect.apply(named, undefined, args);
};

/** Gives back what a call opened. */
async function close(opened: unknown): Promise<void> {
  if (typeof opened === 'object' && opened !== null && 'close' in opened) await loose(opened.close)();
}

/** Adds a signal, which has to be made anew. */
function withSignal(given: unknown, makeSignal: (() => unknown) | undefined): unknown {
  if (makeSignal === undefined || typeof given !== 'object' || given === null) return given;
  return Object.create(given, { signal: { value: makeSignal(), enumerable: true } });
}

const maybeSignal = fc.option(signals, { nil: undefined, freq: 4 });

it('hostile options of listen', { timeout }, async () => {
  const property = fc.asyncProperty(listenOptions, maybeSignal, async (make, makeSignal) => {
    const server = net.createServer();
    await close(await settle(loose(listen)(server, withSignal(make(), makeSignal))));
    // Whatever it was, the server can listen afterwards.
    await close(await settle(listen(server, { stack: 'ipv6' })));
    expect(server.listening).toBe(false);
  });
  await fc.assert(property, runs(300 * FACTOR));
});

function canListen(server: unknown): boolean {
  try {
    return !(server instanceof net.Server) || typeof server.listen === 'function';
  } catch {
    return false;
  }
}

it('hostile options of listen with something else for a server', { timeout }, async () => {
  const property = fc.asyncProperty(hostile, async (make) => {
    const server = make();
    // Its own `listen` may never come to an end, so something else has to be able to; or it may be no function.
    if (!canListen(server)) return;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await close(await settle(loose(listen)(server, { port: 0, host: '::1', signal })));
  });
  await fc.assert(property, runs(300 * FACTOR));
});

it('hostile options of bindUdp', { timeout }, async () => {
  const property = fc.asyncProperty(udpOptions, maybeSignal, hostile, async (make, makeSignal, makeOther) => {
    const other = makeOther();
    const onMessage = typeof other === 'object' ? undefined : other;
    await close(await settle(loose(bindUdp)(withSignal(make(), makeSignal), onMessage)));
  });
  await fc.assert(property, runs(300 * FACTOR));
});

it('hostile options of bindMatrix', { timeout }, async () => {
  const property = fc.asyncProperty(hostile, async (make) => {
    const given = make();
    // An aborted signal, because each trial that is let run takes a second.
    if (given !== undefined) await settle(loose(bindMatrix)(withSignal(given, () => AbortSignal.abort())));
  });
  await fc.assert(property, runs(300 * FACTOR));
});

it('hostile options of listSockets', { timeout }, async () => {
  const property = fc.asyncProperty(filter, options({ processes: boolean }), async (make, makeOther) => {
    const rows = await settle(loose(listSockets)(make(), makeOther()));
    if (rows !== undefined) expect(Array.isArray(rows)).toBe(true);
  });
  await fc.assert(property, runs(60 * FACTOR));
  await pause(0);
});
