/**
 * A cluster primary whose workers end in the middle of a listen, each in another way and at another moment.
 *
 *   node ending-workers.mjs WHO POLICY COUNT     prints what is left open in the primary once all have ended
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

/** When it ends, from before the primary is asked until some time after the server listens. */
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
  // Whatever becomes of the listen, the worker ends.
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

const sockets = () => readdirSync('/proc/self/fd').length;

async function lead() {
  cluster.schedulingPolicy = policy === 'SCHED_RR' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  // Node's own complaints of a worker that has lost its primary are not looked at.
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const before = sockets();
  let next = 0;
  const one = async () => {
    while (next < Number(count)) {
      const worker = cluster.fork({ NUMBER: String(next++) });
      // The primary answers a worker that is gone, and would end of it.
      worker.on('error', () => {});
      // One that has lost its channel too early stays, in stock Node too.
      const last = setTimeout(LONGEST_MS, undefined, { ref: false }).then(() =>
        worker.process.kill('SIGKILL'),
      );
      await Promise.race([new Promise((exited) => worker.process.on('exit', exited)), last]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  // What the last worker had is given back in the turns after its exit.
  await setTimeout(100);
  console.log(sockets() - before);
}

if (cluster.isPrimary) lead();
else work(Number(process.env.NUMBER));
