/** Interleaved rounds: every contender in turn, round after round, so that a noisy moment hits all of them. */

export const ROUNDS = 21;

/** @param {Record<string, () => number | Promise<number>>} contenders each returns its cost in any one unit */
export async function interleave(contenders, rounds) {
  /** @type {Record<string, number[]>} */
  const costs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const cost = await run();
      costs[name]?.push(cost);
    }
  }
  return costs;
}

/** Node frees a closed handle in the event loop's closing phase: without a turn of the loop they pile up. */
const CYCLES_A_TURN = 10;

/** µs for each of `cycles` that listen and close, with a turn of the event loop now and then, as programs have. */
export async function timeCycles(cycle, cycles) {
  const before = process.hrtime.bigint();
  for (let i = 0; i < cycles; i++) {
    await cycle();
    if (i % CYCLES_A_TURN === 0) await new Promise(setImmediate);
  }
  return Number(process.hrtime.bigint() - before) / cycles / 1000;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** ns a call of a synchronous function, over `calls` calls. */
export function timeSync(call, calls) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) call();
  return Number(process.hrtime.bigint() - start) / calls;
}
