/** Programs under a Node that behaves as a later one (future.cjs). */
import { join } from 'node:path';
import { type Ended, run } from '../harness/node-child';
import { nodeBinary } from '../harness/node-versions';

export const instrument = join(__dirname, 'future.cjs');
export const program = (name: string): string => join(__dirname, name);

const own = Number(process.versions.node.split('.')[0]);

/**
 * The latest line of Node that is here: the others take minutes each, and V6ONLY_TEST_EVERY_NODE asks for them too. What is
 * to come concerns the latest first.
 */
const LINES = [20, 22, 24, 26];
const here = [...new Set([...LINES, own])].filter((major) => nodeBinary(major) !== null);
const wanted = process.env['V6ONLY_TEST_EVERY_NODE'] === undefined ? here.slice(-1) : [...LINES, own];
export const NODES = [...new Set(wanted)].map((major) => {
  const binary = nodeBinary(major);
  return { major, binary, missing: binary === null ? 'npm run test:nodes installs it' : null };
});

export interface Future {
  /** V6ONLY_FUTURE; null is Node as it is. */
  switches: string | null;
  /** Flags for Node. */
  flags?: readonly string[];
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** By NODE_OPTIONS, so that cluster workers, which inherit it, behave alike. */
export function runUnder(node: string, future: Future, args: readonly string[]): Promise<Ended> {
  const { switches, flags = [], env = {}, timeoutMs = 60_000 } = future;
  const options = switches === null ? flags : [`--require=${instrument}`, ...flags];
  const variables = { ...env, NODE_OPTIONS: options.join(' '), V6ONLY_FUTURE: switches ?? '' };
  return run(node, args, { env: variables, timeoutMs });
}
