/**
 * Node's own tests of net, dgram, cluster, http, https, http2 and tls, as they are, under `v6only/register`:
 *
 *   npm run test:node-suite -- 24 --stack split --stack ipv6
 *   npm run test:node-suite -- 24 --stack split --future all,pending test-net-listen
 *
 * LINE is 20, 22, 24 (the default) or 26; PATTERN, a regular expression, picks tests by name; the stacks are split and ipv6
 * unless named; --future is what test/futures/future.cjs makes of that Node, for both sides. A test that does not pass with
 * the package runs without it too, three times each, and is compared where it passes without it each time. Fails for a
 * difference that known.mjs has no reason for, and for a reason that is no longer needed. V6ONLY_PACKAGE is an installed
 * package to take in place of this one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPackage } from '../install-package.mjs';
import { compareTests } from './compare.mjs';
import { LINES, prepareLine } from './lines.mjs';
import { keep, printRun } from './report.mjs';
import { listTests } from './tests.mjs';

const STACKS = ['split', 'ipv6', 'dual', 'system'];
const FUTURE = join(import.meta.dirname, '../../test/futures/future.cjs');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { stack: { type: 'string', multiple: true }, future: { type: 'string' } },
});

function whatIsAsked() {
  const line = positionals.find((word) => word in LINES) ?? '24';
  const patterns = positionals.filter((word) => !(word in LINES));
  const stacks = values.stack ?? ['split', 'ipv6'];
  const wrong = stacks.filter((stack) => !STACKS.includes(stack));
  if (wrong.length > 0) throw new RangeError(`no stack ${wrong}; expected ${STACKS.join(', ')}`);
  if (patterns.length > 1) throw new RangeError(`one PATTERN, not ${patterns.join(' and ')}`);
  return { line, stacks, future: values.future ?? null, pattern: patterns[0] };
}

/** What a test is told, by its environment, so that its children are told too. */
function worldOf(future, installed, stack) {
  const preloads = future === null ? [] : [FUTURE];
  if (stack !== null) {
    const command = [join(installed, 'dist/bin.js'), 'register-path'];
    preloads.push(execFileSync(process.execPath, command, { encoding: 'utf8' }).trim());
  }
  const options = preloads.map((file) => `--require=${file}`).join(' ');
  const told = {
    NODE_OPTIONS: options,
    V6ONLY_FUTURE: future ?? undefined,
    V6ONLY_STACK: stack ?? undefined,
  };
  return { env: options === '' ? {} : told };
}

async function compare({ line, stacks, future, pattern }, installed) {
  const prepared = await prepareLine(line);
  const names = listTests(prepared.source, new RegExp(pattern ?? ''));
  if (names.length === 0) throw new RangeError(`no test of Node ${prepared.tests} is called ${pattern}`);
  console.log(`${names.length} tests of Node ${prepared.tests}, on Node ${prepared.version}`);
  const stock = worldOf(future, installed, null);
  let wrong = 0;
  for (const stack of stacks) {
    const start = Date.now();
    const found = await compareTests(prepared, stock, worldOf(future, installed, stack), names);
    const seconds = Math.round((Date.now() - start) / 1000);
    const run = { line, version: prepared.version, stack, future, seconds };
    wrong += printRun(run, names, found);
    keep(run, found);
  }
  return wrong;
}

const asked = whatIsAsked();
const folder = mkdtempSync(join(tmpdir(), 'v6only-installed-'));
try {
  const installed = process.env.V6ONLY_PACKAGE ?? installPackage(join(folder, 'project'));
  const wrong = await compare(asked, installed);
  if (wrong > 0) {
    console.error(`\n${wrong} of these have no reason, or a reason without need: tools/node-suite/known.mjs`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
