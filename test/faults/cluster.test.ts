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
 * A primary without the package does what stock Node does: it goes on to 0.0.0.0, which the worker refuses; and where
 * the port of a socket cannot be told, that one socket stays open, in a worker with a handle there too (lib/net.js,
 * setupListenHandle, checkBindError).
 */
const AS_STOCK: Readonly<Record<string, readonly RegExp[]>> = {
  SCHED_RR: [
    /^(?:socket|setsockopt|bind) \w+ at [12] in the primary(?:, second use)?: error: ENOPROTOOPT where the kernel said \w+; SystemError: listen ENOPROTOOPT: the server listens on 0\.0\.0\.0/,
    /^getsockname \w+ at [12](?: and after)? in the primary(?:, second use)?: left open: \/proc\/\d+\/fd\/\d+ socket:\[\d+\]$/,
  ],
  SCHED_NONE: [
    /^(?:socket|setsockopt|bind) \w+ at [12] in the primary(?:, second use)?: error: ENOPROTOOPT where the kernel said \w+; SystemError: getsockopt ENOPROTOOPT: descriptor \d+ is an IPv4 \(AF_INET\) socket/,
    /^(?:getsockname \w+ at \d(?: and after)?|bind EADDRINUSE at [12](?: and after)? in the primary)(?:, second use)?: left open: \/proc\/self\/fd\/\d+ socket:\[(\d+)\], \/proc\/\d+\/fd\/\d+ socket:\[\1\]$/,
  ],
};

const title = withReason('every call', noInterposer);
describe.skipIf(noInterposer !== null).each(['SCHED_RR', 'SCHED_NONE'])(
  `injected errors: ${title}, %s`,
  (policy) => {
    let interposer: Interposer;
    const reports = new Map<string, Report>();

    beforeAll(async () => {
      interposer = new Interposer();
      // Some for everything that stock Node leaves open.
      const ended = await interposer.run([fixture('in-cluster.cjs'), policy], { descriptors: 300 });
      for (const report of json<Report[]>(ended)) reports.set(report.name, report);
    }, 300_000);
    afterAll(() => interposer.remove());

    it.each(names)('%s', (name) => {
      const { cases = 0, met = 0, failed = 0, problems = ['did not run'] } = reports.get(name) ?? {};
      const known = AS_STOCK[policy] ?? [];
      expect(problems.filter((problem) => !known.some((one) => one.test(problem)))).toEqual([]);
      expect(cases).toBeGreaterThan(10);
      expect(met).toBeGreaterThan(cases / 2);
      // Not every fault fails a listen: where the kernel does not tell, the result says so.
      expect(failed).toBeGreaterThan(cases / 8);
    });
  },
);
