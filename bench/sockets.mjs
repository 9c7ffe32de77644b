/** The sockets of a machine full of them: ours, and what a program would run or install instead. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WITH_PROCESSES, WITHOUT_PROCESSES } from './listing-peers.mjs';
import { note, report, working } from './results.mjs';
import { interleave, median } from './rounds.mjs';

const { listSockets } = createRequire(import.meta.url)('..');

const PROCESSES = 5;
/** A process may have no more than 20,000 descriptors on some machines. */
const MOST_EACH = 5000;
const FEW = 1000;
/** `npm run bench -- 50000` measures with so many more listeners too, which takes some minutes. */
const MANY = [20_000, ...process.argv.slice(2).map(Number)];
const ROUNDS = 9;
/** ms of the event loop. */
const LOOP_GOAL = 10;
/** With processes each program takes a second or two. */
const FEW_ROUNDS = 5;

const LISTENING = { listening: true };
const WITHOUT = { processes: false };

/** Children that hold so many listeners, and so many sockets of connections to themselves, between them. */
async function holding(listeners, connected) {
  const processes = Math.max(PROCESSES, listeners / MOST_EACH);
  const children = Array.from({ length: processes }, (_, number) => {
    const args = [listeners / processes, connected / 2 / processes, number].map(String);
    return fork(join(import.meta.dirname, 'many-sockets.mjs'), args);
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  return children;
}

async function end(children) {
  const ended = children.map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
}

async function time(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const ours = (filter, options) => () => listSockets(filter, options);

function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

async function bytesPerRow() {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const rows = await listSockets({}, WITHOUT);
  collectGarbage();
  return Math.round((process.memoryUsage().heapUsed - before) / rows.length);
}

/** How long the event loop was held up, in ms, over several calls. */
async function loopDelay(run) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let round = 0; round < ROUNDS; round++) await run();
  delay.disable();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}

/** µs a socket, of the sockets that are there beyond the machine's own. */
async function perSocket() {
  const took = [];
  for (let round = 0; round < ROUNDS; round++) took.push(await time(ours({}, WITHOUT)));
  const { length } = await listSockets({}, WITHOUT);
  return { length, each: (1000 * median(took)) / length };
}

/** Ours against whichever of the others work here. */
async function compare(title, makers, goals, rounds) {
  const runs = Object.entries(await working(title, makers));
  const timed = runs.map(([name, run]) => [name, () => time(run)]);
  report(title, 'ms', await interleave(Object.fromEntries(timed), rounds), goals);
}

async function withMany(sockets) {
  const [listening, all, held] = ['listSockets, listening', 'listSockets, all', 'listSockets, listening'];
  const without = {
    ...WITHOUT_PROCESSES,
    [listening]: () => ours(LISTENING, WITHOUT),
    [all]: () => ours({}, WITHOUT),
  };
  await compare(`listeners of ${sockets}, without processes`, without, { [listening]: 0.3 }, ROUNDS);
  const processes = { ...WITH_PROCESSES, [held]: () => ours(LISTENING, {}) };
  await compare(`listeners of ${sockets}, with processes`, processes, { [held]: 0.3 }, FEW_ROUNDS);
  for (const [name, run] of [
    ['with nothing to do', () => setTimeout(100)],
    ['during listSockets, all', () => listSockets({}, WITHOUT)],
  ]) {
    const { p99, max } = await loopDelay(run);
    const verdict = `${LOOP_GOAL} ms: ${p99 <= LOOP_GOAL ? 'reached' : 'missed'}`;
    const text = `99 % below ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`;
    note(`delay of the event loop, ${sockets}`, name, text, verdict);
  }
  note(`memory of listSockets, ${sockets}`, 'a row', `${await bytesPerRow()} bytes`);
}

/** µs a socket, in a machine with so many listeners and as many sockets of connections. */
async function withSockets(count, measure) {
  const children = await holding(count, count);
  try {
    const cost = await perSocket();
    await measure?.(`${cost.length} sockets, ${count} listening`);
    return cost;
  } finally {
    await end(children);
  }
}

export async function benchSockets() {
  const costs = [await withSockets(FEW)];
  for (const count of MANY) costs.push(await withSockets(count, withMany));
  for (const { each, length } of costs)
    note('listSockets, cost a socket', `of ${length}`, `${each.toFixed(2)} µs`);
}
