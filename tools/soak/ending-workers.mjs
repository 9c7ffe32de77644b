/**
 * A cluster primary whose workers end during a listen, in different ways and at different moments.
 *
 *   node ending-workers.mjs WHO POLICY COUNT     prints what is still open in the primary after all have ended
 *
 * WHO is `stock`, which listens with Node's own `listen`, or `v6only`, with the package.
 */
import cluster from 'node:cluster';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const [who, policy, count] = process.argv.slice(2);
const AT_ONCE = 3;
const LONGEST_MS = 5000;

const ENDS = [
  () => process.exit(),
  () => process.disconnect(),
  () => process.kill(process.pid, 'SIGKILL'),
  () => cluster.worker?.disconnect(),
];

/** When a worker ends, from before the primary is asked until shortly after 'listening'. */
const MOMENTS = [
  (_server, end) => end(),
  (_server, end) => process.nextTick(end),
  (_server, end) => setImmediate(end),
  (_server, end) => void setTimeout(1).then(end),
  (server, end) => void server.once('listening', end),
  (server, end) => void server.once('listening', () => setTimeout(2).then(end)),
];

function work(number) {
  const server = net.createServer();
  // Whatever the listen results in, the worker ends.
  server.on('error', () => {});
  const way = Math.floor(number / MOMENTS.length / ENDS.length);
  if (who === 'stock') server.listen(0);
  else if (way % 2 === 0) require('../..').setStack(server, 'split').listen(0);
  else
    require('../..')
      .listen(server, { port: 0 })
      .catch(() => {});
  const moment = MOMENTS[number % MOMENTS.length];
  const end = ENDS[Math.floor(number / MOMENTS.length) % ENDS.length];
  moment?.(server, () => end?.());
}

const descriptors = () => readdirSync('/proc/self/fd').length;

async function lead() {
  cluster.schedulingPolicy = policy === 'SCHED_RR' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  // Ignores what Node prints in a worker that has lost its primary.
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const before = descriptors();
  let next = 0;
  const one = async () => {
    while (next < Number(count)) {
      const worker = cluster.fork({ NUMBER: String(next++) });
      // Answering a worker that is gone would crash the primary.
      worker.on('error', () => {});
      // A worker that loses its channel too early doesn't exit, with stock Node too.
      const last = setTimeout(LONGEST_MS, undefined, { ref: false }).then(() =>
        worker.process.kill('SIGKILL'),
      );
      await Promise.race([new Promise((exited) => worker.process.on('exit', exited)), last]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  // The last worker's sockets are closed in the turns after its exit.
  await setTimeout(100);
  console.log(descriptors() - before);
}

if (cluster.isPrimary) lead();
else work(Number(process.env.NUMBER));
