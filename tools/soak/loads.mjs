/** What the soak repeats: getting and setting the option, listening, and accepting. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const { bindUdp, getV6Only, listen, setStack, setV6Only } = require('../..');

const AT_ONCE = 32;
const HOSTS = ['127.0.0.1', '::1'];
/** @type {import('v6only').Stack[]} */
const STACKS = ['split', 'ipv6', 'dual'];
/** Synchronous calls between two turns of the event loop. */
const BURST = 1000;

/** Runs `task` `count` times, several at once, each with its number. */
async function together(count, task) {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Reads and sets the option on the descriptor and on the server, which reach the addon by different paths. */
export async function openCalls() {
  const server = setV6Only(net.createServer()).listen(0);
  const { fd } = server._handle;
  const run = async (count) => {
    for (let done = 0; done < count; done += BURST) {
      for (let i = 0; i < BURST; i++)
        if (!getV6Only(i % 2 === 0 ? fd : setV6Only(server))) throw new Error('false');
      await setImmediate();
    }
  };
  return { run, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** The ways to open and close: `listen`, `setStack` with a server's own `listen`, and `bindUdp`. */
const CYCLES = [
  ...STACKS.map((stack) => async () => (await listen(net.createServer(), { port: 0, stack })).close()),
  // The first of several ports is taken.
  async ({ taken }) => (await listen(net.createServer(), { port: [taken, 0] })).close(),
  ...STACKS.map((stack) => async () => {
    const server = setStack(net.createServer(), stack).listen(0);
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
  }),
  async () => {
    const binding = await bindUdp({ port: 0 });
    await binding.send('.', binding.port, '::1');
    await binding.close();
  },
];

export async function openListens() {
  const { port: taken, close } = await listen(net.createServer(), { port: 0 });
  const cycle = async (number) => {
    await CYCLES[number % CYCLES.length]?.({ taken });
    // Node listens and closes within ticks, without a turn of the event loop.
    await setImmediate();
  };
  return { run: (count) => together(count, cycle), close };
}

/** Clients of a split server, over both families. */
export async function openConnections() {
  const seen = { IPv4: 0, IPv6: 0 };
  const server = net.createServer((socket) => {
    if (socket.remoteAddress?.startsWith('::ffff:'))
      throw new Error(`a mapped peer: ${socket.remoteAddress}`);
    // A client that is already gone has no address, but the socket still does.
    seen[socket.localFamily ?? 'IPv4']++;
    // Unread data keeps a connection from ending.
    socket
      .on('error', () => {})
      .resume()
      .end('.');
  });
  const listening = await listen(server, { port: 0 });
  const run = async (count) => {
    await together(count, (number) => connect(listening.port, HOSTS[number % HOSTS.length]));
    while ((await connectionsOf(server)) > 0) await setTimeout(5);
  };
  return {
    run,
    close: () => listening.close(),
    summary: () => `accepted over IPv4 ${seen.IPv4}, over IPv6 ${seen.IPv6}`,
  };
}

function connectionsOf(server) {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** How a client ends: one in ten normally, which leaves a port in TIME_WAIT; the others with a reset at some point. */
const ENDS = [
  (socket) => socket.resume().end(),
  ...Array(4).fill((socket) => socket.resetAndDestroy()),
  ...Array(3).fill((socket) => socket.write('.', () => socket.resetAndDestroy())),
  ...Array(2).fill((socket) =>
    socket.once('data', () => socket.resetAndDestroy()).once('end', () => socket.destroy()),
  ),
];

function connect(port, host) {
  const end = ENDS[Math.floor(Math.random() * ENDS.length)];
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host);
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      end(socket);
    });
    // The server, which has already ended, may answer a write with a reset.
    socket.on('error', (error) => (connected ? undefined : reject(error))).on('close', resolve);
  });
}
