/** Each program of examples/ runs, prints its port, and serves both families. */
import { type ChildProcess, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { freePort } from '../harness/cluster';
import { cleanEnvironment, repositoryRoot } from '../harness/node-child';
import { curl, HOSTS, type Host, listeners, within } from '../harness/peers';
import { certificate } from '../harness/servers';

const folder = join(repositoryRoot, 'examples');
const running: ChildProcess[] = [];
const certificates = mkdtempSync(join(tmpdir(), 'v6only-certificates-'));

beforeAll(() => {
  const { key, cert } = certificate();
  writeFileSync(join(certificates, 'key.pem'), key);
  writeFileSync(join(certificates, 'cert.pem'), cert);
});
afterAll(() => rmSync(certificates, { recursive: true }));

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
});

/** What the first lines of examples say that they want. */
const NEEDED = {
  TLS_KEY: join(certificates, 'key.pem'),
  TLS_CERT: join(certificates, 'cert.pem'),
  V6ONLY_STACK: 'split',
};

/** Starts an example; resolves with the port that it prints. */
async function start(name: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const flags = name === 'unmodified' ? ['--import', 'v6only/register'] : [];
  const child = spawn(process.execPath, [...flags, join(folder, `${name}.js`), ...args], {
    cwd: repositoryRoot,
    env: cleanEnvironment({ PORT: undefined, ...NEEDED, ...env }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const line = await within(once(createInterface({ input: child.stdout }), 'line'), 30_000);
  const port = Number(line === 'never' ? Number.NaN : line[0]);
  expect(port, `${name} printed ${line}`).toBeGreaterThan(0);
  return port;
}

const byCurl = (host: Host, port: number) => curl(host, `http://localhost:${port}/`);
const bySecureCurl = (host: Host, port: number) => curl(host, `https://localhost:${port}/`);

async function byWebSocket(host: Host, port: number): Promise<string> {
  const client = new WebSocket(`ws://${host.includes(':') ? `[${host}]` : host}:${port}/`);
  const greeting = once(client, 'message');
  const [first] = await greeting;
  const echo = once(client, 'message');
  client.send('echo');
  const [second] = await echo;
  client.terminate();
  return `${first} ${second}`;
}

async function byDatagram(host: Host, port: number): Promise<string> {
  const client = dgram.createSocket(host === '::1' ? 'udp6' : 'udp4');
  client.connect(port, host);
  await once(client, 'connect');
  const answer = once(client, 'message');
  client.send('Hello');
  const got = await within(answer);
  client.close();
  return got === 'never' ? got : String(got[0]);
}

type Ask = (host: Host, port: number) => Promise<string>;
const EXAMPLES: readonly [string, Ask, (host: Host) => RegExp][] = [
  ...['http', 'express', 'fastify', 'koa', 'child-process', 'unmodified'].map(
    (name): [string, Ask, (host: Host) => RegExp] => [
      name,
      byCurl,
      (host) => new RegExp(`^Hello ${host}\n$`),
    ],
  ),
  ['https', bySecureCurl, (host) => new RegExp(`^Hello ${host} by HTTP/2.0\n$`)],
  ['cluster', byCurl, (host) => new RegExp(`^Hello ${host} from worker [12]\n$`)],
  ['ws', byWebSocket, (host) => new RegExp(`^Hello ${host} echo$`)],
  ['udp', byDatagram, (host) => new RegExp(`^Hello from ${host}$`)],
];

it('examples: every example is here', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const others = ['dev-server.js', 'systemd.js'];
  expect(files.sort()).toEqual([...EXAMPLES.map(([name]) => `${name}.js`), ...others].sort());
});

it.each(EXAMPLES)('examples: %s says what it shows', (name) => {
  expect(readFileSync(join(folder, `${name}.js`), 'utf8')).toMatch(
    /^\/\/ .+\n(\/\/.*\n)*\/\/ {3}.*node .*examples/,
  );
});

it.each(EXAMPLES)(
  'examples: %s serves both families on the port that it prints',
  async (name, ask, answer) => {
    const port = await start(name);
    expect(listeners(port, name === 'udp' ? 'udp' : 'tcp')).toEqual(['[::] v6only:1', '0.0.0.0']);
    for (const host of HOSTS) expect(await ask(host, port)).toMatch(answer(host));
  },
);

it.each(EXAMPLES)(
  'examples: %s takes its port from the command line, and from PORT',
  async (name, ask, answer) => {
    const [first, second] = [await freePort(), await freePort()];
    expect(await start(name, [String(first)], { PORT: '1' })).toBe(first);
    expect(await start(name, [], { PORT: String(second) })).toBe(second);
    for (const host of HOSTS) expect(await ask(host, second)).toMatch(answer(host));
  },
);

it.each(EXAMPLES.filter(([name]) => name !== 'unmodified'))(
  'examples: %s ends by itself on SIGTERM',
  async (name) => {
    await start(name);
    const [child] = running.splice(0);
    const ended = once(child ?? process, 'exit');
    child?.kill('SIGTERM');
    expect(await within(ended, 30_000)).toEqual([0, null]);
  },
);

it('examples: dev-server: both loopback addresses, on the next port where the first is taken', async () => {
  const port = await freePort();
  expect(await start('dev-server', [String(port)])).toBe(port);
  expect(listeners(port, 'tcp')).toEqual(['[::1] v6only:1', '127.0.0.1']);
  for (const host of HOSTS) expect(await byCurl(host, port)).toBe(`Hello ${host}\n`);
  expect(await start('dev-server', [String(port)])).not.toBe(port);
});

it('examples: https: speaks HTTP/1.1 too', async () => {
  const port = await start('https');
  for (const host of HOSTS) {
    const answer = await curl(host, `https://localhost:${port}/`, '--http1.1');
    expect(answer).toBe(`Hello ${host} by HTTP/1.1\n`);
  }
});

it('examples: ws: curl, which speaks no WebSocket, gets its answer over both', async () => {
  const port = await start('ws');
  for (const host of HOSTS) expect(await byCurl(host, port)).toBe('WebSockets only\n');
});
