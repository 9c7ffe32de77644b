/**
 * Many connections over both families to one split server; descriptors and memory must not grow with them.
 * `npm run soak` makes 200,000; `node --expose-gc tools/soak.mjs 1000000` as many as it says.
 */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';

const { listen } = createRequire(import.meta.url)('..');

const TOTAL = Number(process.argv[2] ?? 200_000);
const SAMPLES = 10;
const AT_ONCE = 32;
const HOSTS = ['127.0.0.1', '::1'];
/** Every tenth connection ends in order; the others are reset, which leaves no port in TIME_WAIT. */
const ENDS_IN_ORDER = 10;
/** Above the noise of the heap after a collection, and far below one kept object a connection. */
const MOST_HEAP_GROWTH = 2 * 2 ** 20;

const seen = { IPv4: 0, IPv6: 0 };
const server = net.createServer((socket) => {
  seen[socket.localFamily ?? 'IPv4']++;
  socket.on('error', () => {}).end('.');
});
const listening = await listen(server, { port: 0 });

async function connect(number) {
  const socket = net.connect(listening.port, HOSTS[number % HOSTS.length]);
  await once(socket, 'connect');
  if (number % ENDS_IN_ORDER === 0) socket.resume().end();
  else socket.resetAndDestroy();
  if (!socket.closed) await once(socket, 'close');
}

async function connectMany(from, to) {
  let next = from;
  const worker = async () => {
    while (next < to) await connect(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function sample() {
  while ((await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  global.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { descriptors: readdirSync('/proc/self/fd').length, heapUsed, rss };
}

const samples = [];
for (let i = 0; i < SAMPLES; i++) {
  await connectMany((i * TOTAL) / SAMPLES, ((i + 1) * TOTAL) / SAMPLES);
  samples.push(await sample());
  const { descriptors, heapUsed, rss } = samples[i];
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(6);
  console.log(
    `${((i + 1) * TOTAL) / SAMPLES} connections: ${descriptors} descriptors, heap ${megabytes(heapUsed)} MB, RSS ${megabytes(rss)} MB`,
  );
}

const [warm, last] = [samples[1], samples[SAMPLES - 1]];
const growth = last.heapUsed - warm.heapUsed;
await listening.close();
console.log(`accepted over IPv4 ${seen.IPv4}, over IPv6 ${seen.IPv6}`);
if (last.descriptors !== warm.descriptors)
  throw new Error(`descriptors went from ${warm.descriptors} to ${last.descriptors}`);
if (growth > MOST_HEAP_GROWTH) throw new Error(`the heap grew by ${growth} bytes`);
