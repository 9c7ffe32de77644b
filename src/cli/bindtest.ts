/** `v6only bindtest`: this kernel's matrix compared with recorded ones, for a terminal. */
import { bindMatrix } from '../matrix/bind-matrix';
import {
  BINDS,
  type BindMatrix,
  type BindMatrixRow,
  type BindName,
  type BindProtocol,
  type BindReuse,
  cellOf,
  PROTOCOLS,
  REFUSED,
  REUSE_TITLES,
  REUSES,
} from '../matrix/bind-outcome';
import { differences, RECORDED_KERNELS, type RecordedKernel } from '../matrix/recorded-binds';
import { type Cell, type Column, type Screen, table, wrap } from './text-table';

export interface Comparison {
  kernel: RecordedKernel;
  /** The rows of this kernel in which the other differs. */
  rows: BindMatrixRow[];
}

export interface Bindtest {
  matrix: BindMatrix;
  comparisons: Comparison[];
}

export async function playBindtest(): Promise<Bindtest> {
  const matrix = await bindMatrix();
  const comparisons = RECORDED_KERNELS.map((kernel) => ({ kernel, rows: differences(matrix, kernel) }));
  return { matrix, comparisons };
}

/** One protocol with one reuse option: 6 by 6 cells. */
export interface Grid {
  protocol: BindProtocol;
  reuse: BindReuse;
  title: string;
  /** By first, then second. */
  lines: BindMatrixRow[][];
}

export function gridsOf({ rows }: BindMatrix): Grid[] {
  const grids = PROTOCOLS.flatMap((protocol) => REUSES.map((reuse) => ({ protocol, reuse })));
  return grids.map(({ protocol, reuse }) => {
    const own = rows.filter((row) => row.protocol === protocol && row.reuse === reuse);
    const lines = BINDS.map(({ name }) => own.filter(({ first }) => first === name));
    return { protocol, reuse, title: `${protocol.toUpperCase()}, ${REUSE_TITLES[reuse]}`, lines };
  });
}

const SHORT: Readonly<Partial<Record<BindName, string>>> = {
  '[::] v6only=0': '[::] 0',
  '[::] v6only=1': '[::] 1',
  '[::1]': '::1',
  '[::ffff:127.0.0.1]': '::ffff:127.0.0.1',
};
const LABELS = BINDS.map(({ name }) => SHORT[name] ?? name);
const COLUMNS: readonly Column[] = ['first \\ second', ...LABELS].map((title) => ({ title, shrinks: false }));

const HOW_TO_READ =
  'Two sockets on one port: the first (rows) is listening when the second (columns) binds. A cell says which socket ' +
  'gets a client connecting to 127.0.0.1 and one connecting to ::1: 1 the first, 2 the second, * either, . neither; ' +
  'xx: the second is refused; ??: this machine lacks the address. [::] 0 and [::] 1 have IPV6_V6ONLY 0 and 1. ' +
  'Both sockets have the named option.';

export function formatBindtest({ matrix, comparisons }: Bindtest, screen: Screen): string {
  const width = Math.min(screen.columns ?? 80, 80);
  const paragraphs = [[`${matrix.platform} ${matrix.release}`], wrap(HOW_TO_READ, width)];
  for (const [titles, { lines }] of alike(gridsOf(matrix))) {
    paragraphs.push([...wrap(titles.join('; '), width), ...table(COLUMNS, lines.map(cellsOf), screen)]);
  }
  paragraphs.push(comparisons.map((comparison) => formatComparison(comparison, matrix)));
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The distinct grids, each with the titles of all equal ones. */
function alike(grids: readonly Grid[]): [titles: string[], grid: Grid][] {
  const found = new Map<string, [string[], Grid]>();
  for (const grid of grids) {
    const key = grid.lines.flat().map(cellOf).join();
    const [titles] = found.get(key) ?? [[]];
    found.set(key, [[...titles, grid.title], grid]);
  }
  return [...found.values()];
}

function cellsOf(line: readonly BindMatrixRow[], index: number): Cell[] {
  const cells = line.map(cellOf).map((text): Cell => ({ text, style: text === REFUSED ? 'dim' : undefined }));
  return [{ text: LABELS[index] ?? '' }, ...cells];
}

function formatComparison({ kernel, rows }: Comparison, matrix: BindMatrix): string {
  const all = matrix.rows.length;
  if (rows.length === 0) return `${kernel.name}, recorded: all ${all} trials agree.`;
  return `${kernel.name}, recorded: ${rows.length} of ${all} trials differ; --html FILE shows which.`;
}
