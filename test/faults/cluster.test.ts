/**
 * As every-call.test.ts, in a cluster worker: each call fails in the worker, and each in the primary, which opens the
 * sockets and does not have this package. Nothing is left open in either, and both live.
 */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { fixture, Interposer, noInterposer } from './interposer';

interface Report {
  name: string;
  cases: number;
  met: number;
  failed: number;
  problems: string[];
}

const { CLUSTER }: { CLUSTER: { name: string }[] } = createRequire(__filename)(fixture('operations.cjs'));
const names = CLUSTER.map(({ name }) => name);

/**
 * A primary without the package does what stock Node does: it goes on to 0.0.0.0, which the worker refuses, and keeps a
 * socket whose port it could not be told; so does Node in the worker (lib/net.js, setupListenHandle, checkBindError).
 */
const AS_STOCK = [
  /in the primary.*ENOPROTOOPT where the kernel said .*(?:the server listens on 0\.0\.0\.0|is an IPv4 \(AF_INET\) socket)/s,
  /^(?:getsockname|bind|listen) \w+ at \d+.*left (?:open|at the end)/s,
];

const title = withReason('every call', noInterposer);
describe.skipIf(noInterposer !== null).each(['SCHED_RR', 'SCHED_NONE'])(
  `injected errors: ${title}, %s`,
  (policy) => {
    let interposer: Interposer;
    const reports = new Map<string, Report>();

    beforeAll(async () => {
      interposer = new Interposer();
      const ended = await interposer.run([fixture('in-cluster.cjs'), policy]);
      for (const report of json<Report[]>(ended)) reports.set(report.name, report);
    }, 300_000);
    afterAll(() => interposer.remove());

    it.each(names)('%s', (name) => {
      const { cases = 0, met = 0, failed = 0, problems = ['did not run'] } = reports.get(name) ?? {};
      expect(problems.filter((problem) => !AS_STOCK.some((known) => known.test(problem)))).toEqual([]);
      expect(cases).toBeGreaterThan(10);
      expect(met).toBeGreaterThan(cases / 2);
      // Not every fault fails a listen: where the kernel does not tell, the result says so.
      expect(failed).toBeGreaterThan(cases / 8);
    });
  },
);
