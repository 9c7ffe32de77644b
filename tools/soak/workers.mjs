/** Workers that end during a listen: what they leave open in their primary, compared with stock Node. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = join(import.meta.dirname, 'ending-workers.mjs');
const run = promisify(execFile);

async function leftOpen(who, policy, count) {
  const { stdout } = await run(process.execPath, [PROGRAM, who, policy, String(count)]);
  return Number(stdout);
}

/** @returns descriptions of what is wrong. */
export async function judgeWorkers(count) {
  const complaints = [];
  for (const policy of ['SCHED_RR', 'SCHED_NONE']) {
    const [stock, ours] = [await leftOpen('stock', policy, count), await leftOpen('v6only', policy, count)];
    const found = `${count} workers ended while they listened, ${policy}: ${ours} descriptors left open in the primary`;
    console.log(`\n${found}, ${stock} by stock ones`);
    if (ours > stock) complaints.push(`${found}, more than the ${stock} of stock ones`);
  }
  return complaints;
}
