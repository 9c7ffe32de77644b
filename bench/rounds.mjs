/** Interleaved rounds: every contender in turn, round after round, so that a noisy moment hits all of them. */

export const ROUNDS = 21;

/** @param {Record<string, () => number | Promise<number>>} contenders each returns its cost in any one unit */
export async function interleave(contenders, rounds) {
  const costs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) costs[name].push(await run());
  }
  return costs;
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

/** Prints each contender's median and its ratio to the first, round by round: median and spread. */
export function report(title, unit, costs, goals = {}) {
  const [base, ...others] = Object.keys(costs);
  console.log(`\n${title}`);
  console.log(`  ${base.padEnd(34)} ${format(median(costs[base]))} ${unit}   1.00`);
  for (const name of others) {
    const ratios = costs[name].map((cost, round) => cost / costs[base][round]);
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    const goal =
      goals[name] === undefined
        ? ''
        : `   goal ${goals[name]}: ${median(ratios) <= goals[name] ? 'reached' : 'missed'}`;
    const spread = `(${low.toFixed(2)} to ${high.toFixed(2)})`;
    console.log(
      `  ${name.padEnd(34)} ${format(median(costs[name]))} ${unit}   ${median(ratios).toFixed(2)} ${spread}${goal}`,
    );
  }
}

function format(number) {
  return number.toFixed(number < 100 ? 2 : 0).padStart(9);
}
