/** The sockets of a machine full of them: ours and `ss`, as a program would run it. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { interleave, median, report } from './rounds.mjs';

const { listSockets } = createRequire(import.meta.url)('..');

const PROCESSES = 5;
const FEW = 1000;
const MANY = 20_000;
/** Each takes a good part of a second with `ss`. */
const ROUNDS = 9;

const LISTENING = { listening: true };
const WITHOUT = { processes: false };

/** Children that hold so many listeners, and so many sockets of connections to themselves, between them. */
async function holding(listeners, connected) {
  const children = Array.from({ length: PROCESSES }, (_, number) => {
    const args = [listeners / PROCESSES, connected / 2 / PROCESSES, number].map(String);
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

const ours = (filter, options) => () => time(() => listSockets(filter, options));
const ss = (flags) => () => time(() => execFileSync('ss', [flags], { maxBuffer: 2 ** 28 }));

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
  for (let round = 0; round < ROUNDS; round++) took.push(await ours({}, WITHOUT)());
  const { length } = await listSockets({}, WITHOUT);
  return { length, each: (1000 * median(took)) / length };
}

async function withMany() {
  const all = await interleave(
    {
      'ss -6ltne': ss('-6ltne'),
      'listSockets, listening, IPv4 and IPv6': ours(LISTENING, WITHOUT),
      'listSockets, all': ours({}, WITHOUT),
    },
    ROUNDS,
  );
  report('listeners without processes', 'ms', all, { 'listSockets, listening, IPv4 and IPv6': 0.5 });
  const held = { 'ss -ltnp': ss('-ltnp'), 'listSockets, listening': ours(LISTENING, {}) };
  report('listeners with processes', 'ms', await interleave(held, ROUNDS), { 'listSockets, listening': 0.5 });
  console.log('\nhow late the event loop comes to a timer');
  for (const [name, run] of [
    ['with nothing to do', () => setTimeout(100)],
    ['during listSockets, all', () => listSockets({}, WITHOUT)],
  ]) {
    const { p99, max } = await loopDelay(run);
    console.log(`  ${name.padEnd(34)} 99 % below ${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`);
  }
  console.log(`memory: ${await bytesPerRow()} bytes a row`);
}

export async function benchSockets() {
  const few = await holding(FEW, FEW);
  const small = await perSocket();
  await end(few);
  const many = await holding(MANY, MANY);
  try {
    const large = await perSocket();
    console.log(`\n${large.length} sockets, ${MANY} of them listeners, in ${PROCESSES} processes`);
    await withMany();
    console.log(
      `cost a socket: ${large.each.toFixed(2)} µs of ${large.length}, ${small.each.toFixed(2)} µs of ${small.length}`,
    );
  } finally {
    await end(many);
  }
}
