/**
 * Each system call that this package causes fails with each errno that it can give: at its first, second and later
 * occurrence, once and from then on, at the first and at a later use of the same server; setsockopt lies; and every
 * descriptor is really used up but for none to four. The calls are those that a run without faults was seen to make.
 * Either the outcome is exactly the usual one, as the kernel says afterwards, or it is the contract's error with the
 * kernel's code; nothing is left open, the process lives, and the same server can be used again.
 */

import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, packageRoot } from '../harness/node-child';
import { noStrace, withReason } from '../harness/skips';
import { fixture, Interposer, noInterposer } from './interposer';

interface Report {
  name: string;
  counts: Record<string, number>;
  cases: number;
  /** How many of them came to the call: an answer may be remembered from the one before. */
  met: number;
  /** How many of them ended in an error. */
  failed: number;
  problems: string[];
}

interface Named {
  name: string;
}

const { OPERATIONS }: { OPERATIONS: Named[] } = createRequire(__filename)(fixture('operations.cjs'));
const names = OPERATIONS.map(({ name }) => name);
/** A child for each half, as there are two processors in most places. */
const halves = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
const WORKER = [
  'setV6Only(server, true).listen(0)',
  "listen(server, { stack: 'split' })",
  'describeSocket(udp6)',
];
const REGISTER = ['--require', `${packageRoot}/dist/register.js`, fixture('suite.cjs')];

/** A udp socket that cannot be read back when it is bound is closed, and cannot be bound again. */
const CLOSED = /^[^;]*again: [^;]*ERR_SOCKET_DGRAM_NOT_RUNNING/;

describe.skipIf(noInterposer !== null)(withReason('injected errors: every call', noInterposer), () => {
  let interposer: Interposer;
  const reports = new Map<string, Report>();

  beforeAll(async () => {
    interposer = new Interposer();
    const ended = await Promise.all(halves.map((half) => interposer.run([fixture('suite.cjs'), ...half])));
    for (const report of ended.flatMap((one) => json<Report[]>(one))) reports.set(report.name, report);
  }, 300_000);
  afterAll(() => interposer.remove());

  it.each(names)('%s', (name) => {
    const { cases = 0, met = 0, failed = 0, problems = ['did not run'] } = reports.get(name) ?? {};
    expect(problems.filter((problem) => !CLOSED.test(problem))).toEqual([]);
    expect(cases).toBeGreaterThan(10);
    expect(met).toBeGreaterThan(cases / 2);
    // Of the command the error is on stderr.
    if (!name.startsWith('v6only ')) expect(failed).toBeGreaterThan(cases / 4);
  });

  it('are thousands of cases', () => {
    const total = [...reports.values()].reduce((sum, { cases }) => sum + cases, 0);
    expect(total).toBeGreaterThan(3000);
  });

  it('in a worker thread', async () => {
    const found = json<Report[]>(await interposer.run([fixture('in-worker.cjs'), ...WORKER]));
    expect(found.map(({ name }) => name)).toEqual(WORKER);
    expect(found.flatMap(({ problems }) => problems)).toEqual([]);
  }, 280_000);

  // A stock udp6 socket is left to Node under 'system'.
  it.each([
    ['split', []],
    ['ipv6', []],
    ['system', ['stock server']],
  ])(
    'under v6only/register with %s',
    async (stack, only) => {
      const found = json<Report[]>(
        await interposer.run([...REGISTER, ...only], { env: { V6ONLY_STACK: stack } }),
      );
      expect(found.length).toBeGreaterThan(0);
      // Where the second socket cannot be read back nothing listens, before the program asks in the same tick.
      const known = /^getsockname \w+ at \d+.*thrown: .*the server is not listening/;
      const problems = found.flatMap((report) => report.problems);
      expect(problems.filter((one) => !known.test(one) && !CLOSED.test(one))).toEqual([]);
    },
    280_000,
  );

  const untraced = noStrace();
  it.skipIf(untraced !== null)(withReason('as strace sees it too', untraced), async () => {
    const before = ['strace', '-f', '-qq', '-e', 'trace=socket,setsockopt,bind,listen,write'];
    const { stderr, stdout } = await interposer.run([fixture('witness.cjs')], { before });
    const seen = (from: string, to: string) => stderr.slice(stderr.indexOf(from), stderr.indexOf(to));
    const counted = (text: string) =>
      ['socket', 'setsockopt', 'bind', 'listen'].map(
        (call) => text.match(new RegExp(`\\b${call}\\(`, 'g'))?.length ?? 0,
      );
    const { dry, refused, lied } = JSON.parse(stdout);
    expect(counted(seen('<dry>', '<refused>'))).toEqual([1, 2, 1, 1]);
    expect(dry).toEqual([1, 2, 1, 1]);
    // Neither call came to the kernel: IPV6_V6ONLY, and the bind after it.
    expect(counted(seen('<refused>', '<lied>'))).toEqual([1, 1, 0, 0]);
    expect(refused).toEqual({ code: 'EPERM', reason: 'bind-failed', syscall: 'listen' });
    expect(counted(seen('<lied>', '<end>'))).toEqual([1, 1, 1, 1]);
    expect(seen('<lied>', '<end>')).not.toContain('IPV6_V6ONLY');
    expect(lied).toEqual({ code: 'EINVAL', reason: 'mismatch', syscall: 'listen' });
  });
});
