// Tests with the package, and where they do not pass without it: only what passes there each time is a difference.
import { openNamespace } from './namespace.mjs';
import { runTest } from './tests.mjs';

const AT_A_TIME = 2;
const TIMES = 3;

/** Calls `work` with each name, two at a time, and alone with those that Node's own runner runs alone. */
async function forEach(names, work) {
  const parallel = names.filter((name) => name.startsWith('parallel/'));
  const lanes = await Promise.all(Array.from({ length: AT_A_TIME }, openNamespace));
  const take = async (lane, queue) => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await work(lane, name);
  };
  await Promise.all(lanes.map((lane) => take(lane, parallel)));
  await take(
    lanes[0],
    names.filter((name) => !name.startsWith('parallel/')),
  );
  for (const lane of lanes) lane.close();
}

/** What does not pass with the package, or does not run: how it ended three times in each world. */
export async function compareTests(line, stock, world, names) {
  const found = [];
  await forEach(names, async (lane, name) => {
    const again = async (there, times) => {
      const outcomes = [];
      for (let n = 0; n < times; n++) outcomes.push((await runTest(line, lane, there, name)).outcome);
      return outcomes;
    };
    const { outcome, output } = await runTest(line, lane, world, name);
    if (outcome === 'passed') return;
    const stocks = await again(stock, 1);
    const isSkipped = outcome === 'skipped' && stocks[0] === 'skipped';
    const outcomes = [outcome, ...(isSkipped ? [] : await again(world, TIMES - 1))];
    if (!isSkipped) stocks.push(...(await again(stock, TIMES - 1)));
    found.push({ name, outcomes, stocks, output, verdict: verdictOf(outcomes, stocks) });
  });
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Once in three runs may be this machine; what is more often, and never stock, is the package. */
function verdictOf(outcomes, stocks) {
  if (stocks.some((outcome) => outcome !== 'passed')) return 'not compared';
  return outcomes.filter((outcome) => outcome !== 'passed').length > 1 ? 'differs' : 'once';
}
