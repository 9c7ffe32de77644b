/** The contract on each line of Node, as it is and as it will be once private names have gone (future.cjs). */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, packageRoot } from '../harness/node-child';
import { withReason } from '../harness/skips';
import {
  EXPECTED_READ,
  type Expected,
  expectedArguments,
  expectedListen,
  expectedStack,
  isBoundSocket,
} from './expected';
import { expectedCluster, expectedRegister, STACKS } from './expected-shared';
import { type Future, NODES, program, runUnder } from './futures';

const QUIET = ['--throw-deprecation', '--trace-warnings'];
const CONTRACT = program('contract.cjs');
const REGISTER = join(packageRoot, 'dist/register.js');

/** Where `_handle` cannot even be read, a refusal is an answer too; another value never is. */
const FUTURES: readonly (Future & { mayRefuse?: boolean })[] = [
  { switches: null, flags: QUIET },
  { switches: '27', flags: QUIET },
  { switches: '28', flags: QUIET },
  { switches: '28,pending', flags: QUIET },
  { switches: 'all,pending', flags: QUIET },
  { switches: 'handle', flags: QUIET, mayRefuse: true },
  { switches: 'all,pending,handle', flags: QUIET, mayRefuse: true },
];

type Result = string | boolean;

/** Its lines, each with the name of what was tried. */
function resultsOf({ stdout, stderr, status }: Ended): Record<string, Result> {
  const lines = stdout.split('\n').filter((line) => line !== '');
  const rows: [string, Result][] = lines.map((line) => {
    const { name, result }: { name: string; result: Result } = JSON.parse(line);
    return [name, result];
  });
  // A program that ended early has not tried the rest.
  if (status !== 0) rows.push(['exit', `${status}: ${stderr}`]);
  return Object.fromEntries(rows);
}

/** As printed, with each refusal that counts taken for what was expected. */
function accepted(results: Record<string, Result>, expected: Expected, mayRefuse: boolean): typeof results {
  const refused = (result: Result) => mayRefuse && String(result).includes('ENOTSUP unsupported-runtime');
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => [
      name,
      refused(result) ? (expected[name] ?? result) : result,
    ]),
  );
}

/** Without the rows of a BoundSocket where this Node has none. */
function onThisLine(expected: Expected, results: Record<string, Result>): Expected {
  const has = Object.keys(results).some(isBoundSocket);
  return Object.fromEntries(Object.entries(expected).filter(([name]) => has || !isBoundSocket(name)));
}

/** A worker that waits for an answer which never comes is killed after this long. */
const TIMEOUT = 30_000;

for (const { major, binary, missing } of NODES) {
  describe.skipIf(missing !== null).each(FUTURES)(
    withReason(`Node ${major}, V6ONLY_FUTURE=$switches`, missing),
    (future) => {
      const tries = async (args: readonly string[], expected: Expected, env: NodeJS.ProcessEnv = {}) => {
        const timeoutMs = TIMEOUT - 5000;
        const ended = await runUnder(binary ?? '', { ...future, env, timeoutMs }, args);
        const results = resultsOf(ended);
        const mayRefuse = future.mayRefuse === true;
        expect(accepted(results, expected, mayRefuse)).toEqual(onThisLine(expected, results));
        expect(ended.stderr).toBe('');
      };

      it('listen() after setV6Only: each form', { timeout: TIMEOUT }, () =>
        tries([CONTRACT, 'listen'], expectedListen(major)),
      );

      it('listen() after setStack: each form', { timeout: TIMEOUT }, () =>
        tries([CONTRACT, 'stack'], expectedStack()),
      );

      it("listen() after setV6Only: the user's arguments, errors and order", { timeout: TIMEOUT }, () =>
        tries([CONTRACT, 'arguments'], expectedArguments()),
      );

      it('getV6Only, describeSocket, listen(server) and bindUdp', { timeout: TIMEOUT }, () =>
        tries([CONTRACT, 'read'], EXPECTED_READ),
      );

      it.each(STACKS)('v6only/register with V6ONLY_STACK=%s', { timeout: TIMEOUT }, (stack) =>
        tries(['--require', REGISTER, CONTRACT, 'register'], expectedRegister(stack), {
          V6ONLY_STACK: stack,
        }),
      );

      it.each(['rr', 'none'])('cluster with the policy %s', { timeout: TIMEOUT }, (policy) =>
        tries([CONTRACT, 'cluster'], expectedCluster(major), { NODE_CLUSTER_SCHED_POLICY: policy }),
      );
    },
  );
}
