// Two worlds beside each other: only what passes in the first, each time, is compared.
import { runTest } from './tests.mjs';

const AT_A_TIME = 2;
const AGAIN = 2;

/** Calls `work` with each name, two at a time, and alone with those that Node's own runner runs alone. */
async function forEach(names, work) {
  const parallel = names.filter((name) => name.startsWith('parallel/'));
  const take = async (queue) => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, () => take(parallel)));
  await take(names.filter((name) => !name.startsWith('parallel/')));
}

async function outcomesOf(line, world, name, times) {
  const outcomes = [];
  for (let n = 0; n < times; n++) outcomes.push((await runTest(line, world, name)).outcome);
  return outcomes;
}

/** Without the package: which tests pass, and what becomes of the others, in each of three runs. */
export async function runStock(line, world, names) {
  const compared = [];
  const left = [];
  await forEach(names, async (name) => {
    const { outcome, output } = await runTest(line, world, name);
    if (outcome === 'passed') compared.push(name);
    else {
      const again = outcome === 'skipped' ? 0 : AGAIN;
      left.push({ name, outcomes: [outcome, ...(await outcomesOf(line, world, name, again))], output });
    }
  });
  return { compared, left };
}

/** With the package: what does not pass, three times in each world. */
export async function runBeside(line, stock, world, names) {
  const found = [];
  await forEach(names, async (name) => {
    const { outcome, output } = await runTest(line, world, name);
    if (outcome === 'passed') return;
    const outcomes = [outcome, ...(await outcomesOf(line, world, name, AGAIN))];
    const stocks = ['passed', ...(await outcomesOf(line, stock, name, AGAIN))];
    found.push({ name, outcomes, stocks, output, verdict: verdictOf(outcomes, stocks) });
  });
  return found;
}

/** Once in three runs may be this machine; what is more often, and never stock, is the package. */
function verdictOf(outcomes, stocks) {
  if (stocks.some((outcome) => outcome !== 'passed')) return 'unsteady stock';
  return outcomes.filter((outcome) => outcome !== 'passed').length > 1 ? 'differs' : 'once';
}
