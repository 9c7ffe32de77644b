/** bindMatrix on machines that lack something: codes in its rows, and nothing left behind. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BINDS, type BindMatrix, type BindMatrixRow, cellOf } from '../../src/matrix/bind-outcome';
import { recordedCell } from '../../src/matrix/recorded-binds';
import { recordedKernel } from '../harness/bind-matrices';
import { inNamespace, noNamespaces } from '../harness/namespace';
import { json, packageRoot, run } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { MACHINES } from './fixtures/environments';

const BIN = join(packageRoot, 'dist/bin.js');
const LINUX = recordedKernel('linux-6.18');

async function matrixIn(name: string): Promise<BindMatrix & { left: string }> {
  const machine = MACHINES.find((one) => one.name === name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  // What is left behind on the namespace's ports is printed after the matrix.
  const script = '"$@" && ss -Htuan >&2';
  const command = [
    'sh',
    '-c',
    script,
    'sh',
    ...(machine.through ?? []),
    process.execPath,
    BIN,
    'bindtest',
    '--json',
  ];
  const [program = '', ...args] = inNamespace(machine.setup, command);
  const ended = await run(program, args, { timeoutMs: 60_000 });
  expect(ended.status, ended.stderr).toBe(0);
  return { ...json<BindMatrix>(ended), left: ended.stderr };
}

const isIPv4 = (name: string) => BINDS.find((bind) => bind.name === name)?.family === 'IPv4';
const involves = (name: string) => (row: BindMatrixRow) => row.first === name || row.second === name;
/** The code of the bind that cannot be had. */
const codeOf = ({ bind1, bind2 }: BindMatrixRow) => (bind1 === 'ok' ? bind2 : bind1);

describe.skipIf(noNamespaces !== null)(
  withReason('bindMatrix(): in a namespace of its own', noNamespaces),
  () => {
    it.each(['bindv6only=0', 'bindv6only=1'])('%s: as recorded, and nothing is left', async (name) => {
      const { rows, left } = await matrixIn(name);
      expect(rows.map(cellOf)).toEqual(rows.map((row) => recordedCell(LINUX, row)));
      expect(left).toBe('');
    });

    it('disable_ipv6=1: ::1 is EADDRNOTAVAIL to bind and to reach, and the rest is as recorded', async () => {
      const { rows, left } = await matrixIn('disable_ipv6=1');
      const own = rows.filter(involves('[::1]'));
      expect(new Set(own.map(codeOf))).toEqual(new Set(['EADDRNOTAVAIL']));
      for (const row of rows.filter((one) => !own.includes(one))) {
        const [ipv4, ipv6] = recordedCell(LINUX, row);
        expect(cellOf(row), JSON.stringify(row)).toBe(ipv6 === 'x' ? 'xx' : `${ipv4}.`);
        if (row.bind2 === 'ok') expect(row.to1).toBe('EADDRNOTAVAIL');
      }
      expect(left).toBe('');
    });

    it('AF_INET6 refused: its rows say EAFNOSUPPORT, and IPv4 is as recorded', async () => {
      const { rows, left } = await matrixIn('AF_INET6 refused');
      const ipv4 = rows.filter(({ first, second }) => isIPv4(first) && isIPv4(second));
      const others = rows.filter((row) => !ipv4.includes(row));
      expect(new Set(others.map(codeOf))).toEqual(new Set(['EAFNOSUPPORT']));
      expect(new Set(others.map(cellOf))).toEqual(new Set(['??']));
      expect(ipv4.map(cellOf)).toEqual(ipv4.map((row) => recordedCell(LINUX, row)));
      expect(left).toBe('');
    });

    it('lo down: nobody is reached, and that is no exception', async () => {
      const { rows, left } = await matrixIn('lo down');
      expect(rows).toHaveLength(216);
      for (const row of rows) expect(cellOf(row)).toMatch(/^(xx|\?\?|\.\.)$/);
      expect(left).toBe('');
    });
  },
);
