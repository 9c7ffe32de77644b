/** Two sockets on one port, on this kernel: held against the recording of a Linux, and beside strangers. */
import { readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Addon } from '../../src/kernel/addon';
import { bindMatrix } from '../../src/matrix/bind-matrix';
import { BINDS, type BindMatrix, type BindMatrixRow, cellOf } from '../../src/matrix/bind-outcome';
import { differences, recordedCell } from '../../src/matrix/recorded-binds';
import { recordedKernel } from '../harness/bind-matrices';
import { errno } from '../harness/kernels';
import { cleanUp, expectNoLeaks } from '../harness/leaks';
import { json, packageRoot, repositoryRoot, run } from '../harness/node-child';
import { noStrace, notLinux, withReason } from '../harness/skips';

const changed = vi.hoisted((): { by: (real: Addon) => Addon } => ({ by: (real) => real }));
vi.mock('../../src/kernel/addon', async (original) => {
  const real = await original<typeof import('../../src/kernel/addon')>();
  return { ...real, addon: () => changed.by(real.addon()) };
});
afterEach(() => {
  changed.by = (real) => real;
});
expectNoLeaks();

const LINUX = recordedKernel('linux-6.18');
const nameOf = ({ protocol, reuse, first, second }: BindMatrixRow) =>
  `${protocol} ${reuse}: ${first}, then ${second}`;
const cellsOf = ({ rows }: BindMatrix) => Object.fromEntries(rows.map((row) => [nameOf(row), cellOf(row)]));

describe('bindMatrix(): the matrix', () => {
  let matrix: BindMatrix;
  beforeAll(async () => {
    matrix = await bindMatrix();
  });

  it('has a row for each of 216 trials', () => {
    expect(Object.keys(matrix)).toEqual(['platform', 'release', 'binds', 'rows']);
    expect(matrix).toMatchObject({ platform: process.platform, binds: BINDS });
    expect(new Set(matrix.rows.map(nameOf)).size).toBe(2 * 3 * 6 * 6);
    expect(matrix.rows).toHaveLength(216);
    for (const row of matrix.rows) {
      expect(Object.keys(row)).toEqual([
        ...['protocol', 'reuse', 'first', 'second'],
        ...['bind1', 'listen1', 'bind2', 'listen2', 'to127001', 'to1'],
      ]);
    }
  });

  it.skipIf(notLinux !== null)(withReason('is the recorded one of Linux, cell by cell', notLinux), () => {
    const recorded = matrix.rows.map((row) => [nameOf(row), recordedCell(LINUX, row)]);
    expect(cellsOf(matrix)).toEqual(Object.fromEntries(recorded));
    expect(differences(matrix, LINUX)).toEqual([]);
  });

  it('says what each step ended in', () => {
    const rowOf = (name: string) => matrix.rows.find((row) => nameOf(row) === name);
    expect(rowOf('tcp none: [::] v6only=0, then 0.0.0.0')).toMatchObject({
      ...{ bind1: 'ok', listen1: 'ok', bind2: 'EADDRINUSE' },
      ...{ listen2: null, to127001: null, to1: null },
    });
    expect(rowOf('tcp none: 0.0.0.0, then [::] v6only=1')).toMatchObject({
      ...{ bind1: 'ok', listen1: 'ok', bind2: 'ok' },
      ...{ listen2: 'ok', to127001: 'first', to1: 'second' },
    });
    expect(rowOf('udp none: [::1], then 127.0.0.1')).toMatchObject({
      ...{ bind1: 'ok', listen1: null, bind2: 'ok' },
      ...{ listen2: null, to127001: 'second', to1: 'first' },
    });
  });

  it('comes out the same the next time, and with another one at its side', async () => {
    const [again, beside] = await Promise.all([bindMatrix(), bindMatrix()]);
    expect(cellsOf(again)).toEqual(cellsOf(matrix));
    expect(cellsOf(beside)).toEqual(cellsOf(matrix));
  });
});

describe('bindMatrix(): strangers', () => {
  it.skipIf(notLinux !== null)(withReason('are not taken for a refusal', notLinux), async () => {
    let foreign = 0;
    let binds = 0;
    // Of the three binds of a number in each trial, every other trial the last: more than any machine has.
    changed.by = (real) => ({
      ...real,
      bind(fd, address, port) {
        if (port === 0 || binds++ % 6 !== 0) return real.bind(fd, address, port);
        foreign++;
        return errno('EADDRINUSE');
      },
    });
    expect(differences(await bindMatrix(), LINUX)).toEqual([]);
    expect(foreign).toBeGreaterThan(50);
  });

  it.skipIf(notLinux !== null)(withReason('that take a client away are noticed', notLinux), async () => {
    const takers: net.Server[] = [];
    cleanUp(() => takers.map((server) => server.close()));
    changed.by = (real) => ({
      ...real,
      // Somebody else listens on ::1 as soon as the first one is bound, for as long as there are few.
      bind(fd, address, port) {
        const bound = real.bind(fd, address, port);
        if (port !== 0 && address === '0.0.0.0' && bound === 0 && takers.length < 5) {
          const taker = net.createServer((socket) => socket.destroy()).on('error', () => {});
          takers.push(taker.listen({ port, host: '::1' }));
        }
        return bound;
      },
    });
    expect(differences(await bindMatrix(), LINUX)).toEqual([]);
    expect(takers).toHaveLength(5);
  });

  it('without end are an error: nothing is free in both families', async () => {
    changed.by = (real) => ({
      ...real,
      bind: (fd, address, port) => (port === 0 ? real.bind(fd, address, port) : errno('EADDRINUSE')),
    });
    await expect(bindMatrix()).rejects.toMatchObject({
      ...{ code: 'EADDRINUSE', reason: 'bind-failed', syscall: 'bind' },
      message: expect.stringContaining('no port is free in both families'),
    });
  });

  it('without end are an error: no two ports agree', async () => {
    const codes = ['EADDRINUSE', 'EACCES', 'EPERM', 'EINVAL', 'EADDRNOTAVAIL', 'EBADF', 'ENOENT', 'EFAULT'];
    let binds = 0;
    changed.by = (real) => ({
      ...real,
      // Two binds look for a free port, then come the first and the second.
      bind(fd, address, port) {
        const isSecond = binds++ % 4 === 3;
        return isSecond ? errno(codes.pop() ?? '') : real.bind(fd, address, port);
      },
    });
    await expect(bindMatrix()).rejects.toMatchObject({
      ...{ code: 'EADDRINUSE', reason: 'bind-failed', syscall: 'bind' },
      message: expect.stringContaining('no two of 8 ports'),
    });
    expect(codes).toEqual([]);
  });
});

it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])(
  'bindMatrix(): %s is an error and not an answer',
  async (code) => {
    let opened = 0;
    changed.by = (real) => ({
      ...real,
      open: (family, type) => (opened++ < 4 ? real.open(family, type) : errno(code)),
    });
    await expect(bindMatrix()).rejects.toMatchObject({ code, reason: 'resources', syscall: 'socket' });
  },
);

describe('bindMatrix(): options', () => {
  it.each([
    [null, 'ERR_INVALID_ARG_TYPE', /"options" argument must be an object/],
    ['tcp', 'ERR_INVALID_ARG_TYPE', /"options" argument must be an object/],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE', /"options.signal" argument must be an AbortSignal/],
    [{ signal: null }, 'ERR_INVALID_ARG_TYPE', /AbortSignal/],
    [{ protocol: 'tcp' }, 'ERR_INVALID_ARG_VALUE', /options.protocol.*known options are signal/],
  ])('%j: %s', async (options, code, message) => {
    const call: (options: unknown) => Promise<unknown> = bindMatrix as never;
    await expect(call(options)).rejects.toMatchObject({ name: 'TypeError', code });
    await expect(call(options)).rejects.toThrow(message);
  });

  it('a signal ends it, before and in the midst', async () => {
    const reason = new Error('enough');
    const expected = { name: 'AbortError', code: 'ABORT_ERR', cause: reason };
    await expect(bindMatrix({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject(expected);
    const controller = new AbortController();
    const matrix = bindMatrix({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    await expect(matrix).rejects.toMatchObject(expected);
  });
});

const untraced = notLinux ?? noStrace();
describe.skipIf(untraced !== null)(withReason('bindMatrix by strace', untraced), () => {
  it('nobody sets an option between the first bind and the second but the second', async () => {
    const log = join(tmpdir(), `v6only-bind-matrix-${process.pid}.log`);
    cleanUp(() => rmSync(log));
    const program = `require(${JSON.stringify(packageRoot)}).bindMatrix().then(() => {})`;
    const traced = ['-f', '-o', log, '-e', 'trace=setsockopt,bind', process.execPath, '-e', program];
    expect(await run('strace', traced, { timeoutMs: 60_000 })).toMatchObject({ status: 0, stderr: '' });
    // Each trial binds port 0, the same number in the other family, and then the first and the second.
    const steps: string[] = [];
    let set: string[] = [];
    let trials = 0;
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      const [, call, fd = ''] = /(setsockopt|bind)\((\d+)/.exec(line) ?? [];
      if (call === 'setsockopt') set.push(fd);
      if (call !== 'bind') continue;
      if (/port=htons\(0\)/.test(line)) steps.length = 0;
      if (steps.push(fd) === 4) {
        trials++;
        expect(set.length, line).toBeGreaterThan(0);
        expect(set, line).not.toContain(steps[2]);
      }
      set = [];
    }
    expect(trials).toBeGreaterThanOrEqual(216);
  });
});

it('bindMatrix(): works in a cluster worker', async () => {
  const worker = join(repositoryRoot, 'test/fixtures/bind-matrix-worker.cjs');
  expect(json(await run(process.execPath, [worker], { timeoutMs: 60_000 }))).toBe(216);
});
