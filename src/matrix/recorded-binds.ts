/**
 * What two kernels do with two sockets on one port, recorded by a probe program in C: both sockets of one user, the
 * first one listening before the second binds. One line per first bind, one cell per second, both in the order of BINDS; a
 * cell is `cellOf` of the answer. FreeBSD 15.0 gave the same answers as 14.0.
 */
import {
  BINDS,
  type BindMatrix,
  type BindMatrixRow,
  type BindProtocol,
  type BindReuse,
  cellOf,
} from './bind-outcome';

type Grid = readonly string[];
type Grids = Readonly<Record<BindProtocol, Readonly<Record<BindReuse, Grid>>>>;

export interface RecordedKernel {
  id: string;
  name: string;
  grids: Grids;
}

/** Linux 6.18.44, x86_64, net.ipv6.bindv6only 0 and, with the same answers, 1. */
const LINUX_EXCLUSIVE: Grid = [
  'xx xx xx 12 12 xx',
  'xx xx xx 12 12 xx',
  'xx xx xx xx xx xx',
  '21 21 xx xx xx 21',
  '21 21 xx xx xx 21',
  'xx xx xx 12 12 xx',
];
const LINUX_BALANCED: Grid = [
  '*. 2. 12 12 12 2.',
  '1. *. 12 12 12 1.',
  '21 21 ** 11 12 21',
  '21 21 21 .* .2 21',
  '21 21 21 .1 .* 21',
  '1. 2. 12 12 12 *.',
];
const LINUX_SHARED: Grid = [
  '2. 2. 12 12 12 2.',
  '1. 2. 12 12 12 1.',
  '21 21 22 12 12 21',
  '21 21 22 .2 .2 21',
  '21 21 21 .1 .2 21',
  '1. 2. 12 12 12 2.',
];
const LINUX: Grids = {
  tcp: { none: LINUX_EXCLUSIVE, reuseaddr: LINUX_EXCLUSIVE, reuseport: LINUX_BALANCED },
  udp: { none: LINUX_EXCLUSIVE, reuseaddr: LINUX_SHARED, reuseport: LINUX_BALANCED },
};

/** FreeBSD 14.0-STABLE, amd64, under emulation, as root; the same for TCP and UDP. */
const FREEBSD_EXCLUSIVE: Grid = [
  'xx xx 22 12 12 xx',
  'xx xx xx 12 12 xx',
  'xx xx xx xx xx xx',
  '21 21 xx xx xx 21',
  '21 21 xx xx xx 21',
  'xx xx xx 12 12 xx',
];
const FREEBSD_REUSEADDR: Grid = [
  'xx 2. 22 12 12 2.',
  '1. xx 12 12 12 xx',
  'xx 21 xx xx 12 21',
  '21 21 xx xx .2 21',
  '21 21 21 .1 xx 21',
  '1. xx 12 12 12 xx',
];
const FREEBSD_REUSEPORT: Grid = [
  '2. 2. 22 12 12 2.',
  '1. 2. 12 12 12 2.',
  '21 21 22 12 12 21',
  '21 21 22 .2 .2 21',
  '21 21 21 .1 .2 21',
  '1. 2. 12 12 12 2.',
];
const FREEBSD_BOTH = { none: FREEBSD_EXCLUSIVE, reuseaddr: FREEBSD_REUSEADDR, reuseport: FREEBSD_REUSEPORT };
const FREEBSD: Grids = { tcp: FREEBSD_BOTH, udp: FREEBSD_BOTH };

export const RECORDED_KERNELS: readonly RecordedKernel[] = [
  { id: 'linux-6.18', name: 'Linux 6.18', grids: LINUX },
  { id: 'freebsd-14.0', name: 'FreeBSD 14.0', grids: FREEBSD },
];

/** The recorded cell of a pair. */
export function recordedCell(kernel: RecordedKernel, { protocol, reuse, first, second }: BindPair): string {
  const line = kernel.grids[protocol][reuse][indexOf(first)] ?? '';
  return line.split(' ')[indexOf(second)] ?? '';
}

type BindPair = Pick<BindMatrixRow, 'protocol' | 'reuse' | 'first' | 'second'>;

function indexOf(name: BindMatrixRow['first']): number {
  return BINDS.findIndex((bind) => bind.name === name);
}

/** The rows of a matrix in which this kernel differs from the recorded one. */
export function differences(matrix: BindMatrix, kernel: RecordedKernel): BindMatrixRow[] {
  return matrix.rows.filter((row) => cellOf(row) !== recordedCell(kernel, row));
}
