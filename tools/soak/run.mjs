/**
 * Repeats the same operations for minutes or hours, and fails unless descriptors, handles, memory and the event loop's
 * delay stay flat. `npm run soak` takes several minutes, `npm run soak -- --hours 1` one hour; `--calls`, `--listens`,
 * `--connections` and `--workers` set the counts.
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './judge.mjs';
import { openCalls, openConnections, openListens } from './loads.mjs';
import { toSVG, toText } from './plot.mjs';
import { record } from './record.mjs';
import { judgeWorkers } from './workers.mjs';

const PICTURE = join(import.meta.dirname, 'soak.svg');
/** Samples of a phase that ends by count. A phase that ends by time has as many as fit. */
const SAMPLES = 40;
const LONG = 10;

const { values: given } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000000' },
    listens: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '200000' },
    workers: { type: 'string', default: '200' },
    hours: { type: 'string', default: '0' },
  },
});

function positive(name, least) {
  const number = Number(given[name]);
  if (Number.isFinite(number) && number >= least) return number;
  throw new RangeError(`--${name} takes a number of at least ${least}, not ${given[name]}`);
}

const seconds = positive('hours', 0) * 3600;
const phases = [
  { name: 'calls', share: 0.05, open: openCalls },
  { name: 'listens', share: 0.35, open: openListens },
  { name: 'connections', share: 0.6, open: openConnections },
].map((phase) => ({ ...phase, count: positive(phase.name, SAMPLES) }));

const recorded = [];
for (const phase of phases) {
  const slice = Math.ceil(phase.count / SAMPLES) * (seconds > 0 ? LONG : 1);
  const isOver = (done, took) => (seconds > 0 ? took >= phase.share * seconds : done >= phase.count);
  const result = await record({ ...phase, slice }, isOver);
  recorded.push(result);
  const beside = `${result.lists} times listSockets beside them`;
  console.log(
    `\n${result.done} ${result.name} in ${result.seconds.toFixed(0)} s, ${beside}; ${result.summary}`,
  );
  console.log(toText(result));
}

const title = `v6only, Node ${process.version}, ${process.platform} ${release()} ${process.arch}, ${new Date().toISOString().slice(0, 10)}`;
writeFileSync(PICTURE, toSVG(recorded, title));
console.log(`\n${PICTURE}`);
const complaints = [...recorded.flatMap(judge), ...(await judgeWorkers(positive('workers', 1)))];
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
