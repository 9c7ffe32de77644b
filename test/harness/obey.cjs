/**
 * A cluster that does what it is told over IPC. A message `{ id, worker, op, ... }` goes to that worker, without `worker`
 * to the primary; the answer is `{ id, result }` or `{ id, failed }`. `ToldCluster` of told-cluster.ts tells it.
 */
const cluster = require('node:cluster');

const [policy, count] = process.argv.slice(2);

function runPrimary(operationsOf) {
  cluster.schedulingPolicy = policy === 'SCHED_RR' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  const workers = Array.from({ length: Number(count) }, () => cluster.fork());
  const operations = { ...operationsOf(workers), pids: () => workers.map(({ process }) => process.pid) };
  for (const worker of workers) worker.on('message', (reply) => process.send(reply));
  process.on('message', ({ id, worker, op, ...rest }) => {
    if (worker === undefined) process.send({ id, result: operations[op](rest) });
    else workers[worker].send({ id, op, ...rest });
  });
  // The workers see that it has ended, and end by themselves.
  process.on('disconnect', () => process.exit());
}

function runWorker(operations) {
  process.on('message', async ({ id, op, ...rest }) => {
    try {
      process.send({ id, result: await operations[op](rest) });
    } catch (error) {
      process.send({ id, failed: error.stack });
    }
  });
  process.on('uncaughtException', (error) => process.send({ uncaught: error.stack }));
}

/** `operationsOf` is given the workers and makes those of the primary. */
function obey(ofWorker, operationsOf) {
  if (cluster.isPrimary) runPrimary(operationsOf);
  else runWorker(ofWorker);
}

module.exports = { obey };
