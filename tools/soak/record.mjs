/** Repeats a load in slices while listing sockets, and records after each slice what the process holds. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

const { listSockets } = createRequire(import.meta.url)('../..');

const FILTERS = [{}, { listening: true }, { pid: process.pid }];
const BETWEEN_LISTS_MS = 50;

/** Runs `work` with `listSockets` in a parallel loop, and returns the number of lists. */
async function besideLists(work) {
  let [working, lists] = [true, 0];
  const list = async () => {
    while (working) {
      await listSockets(FILTERS[lists++ % FILTERS.length]);
      await setTimeout(BETWEEN_LISTS_MS);
    }
  };
  const end = () => {
    working = false;
  };
  await Promise.all([work().finally(end), list().finally(end)]);
  return lists;
}

function hold() {
  if (global.gc === undefined) throw new Error('start Node with --expose-gc, as npm run soak does');
  global.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    descriptors: readdirSync('/dev/fd').length,
    handles: process.getActiveResourcesInfo().length,
    heap: heapUsed / 2 ** 20,
    rss: rss / 2 ** 20,
  };
}

/**
 * @typedef {{ run: (count: number) => Promise<void>, close: () => Promise<void>, summary?: () => string }} Load
 *
 * @param {{ name: string, slice: number, open: () => Promise<Load> }} phase
 * @param {(done: number, seconds: number) => boolean} isOver whether the phase is over
 */
export async function record({ name, slice, open }, isOver) {
  const load = await open();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  const samples = [];
  let [done, lists] = [0, await besideLists(() => load.run(slice))];
  const start = performance.now();
  loop.enable();
  do {
    loop.reset();
    lists += await besideLists(() => load.run(slice));
    done += slice;
    const delay = loop.percentile(99) / 1e6;
    samples.push({ done, delay, ...hold() });
  } while (!isOver(done, (performance.now() - start) / 1000));
  loop.disable();
  await load.close();
  const seconds = (performance.now() - start) / 1000;
  return { name, samples, done, lists, seconds, summary: load.summary?.() ?? '' };
}
