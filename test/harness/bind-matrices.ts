/** Matrices of kernels other than this machine's, as `bindMatrix` would return them there. */
import { BINDS, type BindMatrix, type BindMatrixRow, PROTOCOLS, REUSES } from '../../src/matrix/bind-outcome';
import { RECORDED_KERNELS, type RecordedKernel, recordedCell } from '../../src/matrix/recorded-binds';

export function recordedKernel(id: string): RecordedKernel {
  const kernel = RECORDED_KERNELS.find((one) => one.id === id);
  if (kernel === undefined) throw new Error(`no recorded kernel ${id}`);
  return kernel;
}

const ANSWERS: Readonly<Record<string, string>> = {
  '1': 'first',
  '2': 'second',
  '*': 'either',
  '.': 'ECONNREFUSED',
};

/** A matrix with every cell from `cell`: two characters as in `cellOf`. */
export function matrixOf(
  platform: string,
  cell: (pair: Pick<BindMatrixRow, 'protocol' | 'reuse' | 'first' | 'second'>) => string,
): BindMatrix {
  const rows: BindMatrixRow[] = [];
  for (const protocol of PROTOCOLS) {
    for (const reuse of REUSES) {
      for (const first of BINDS) {
        for (const second of BINDS) {
          const pair = { protocol, reuse, first: first.name, second: second.name };
          rows.push({ ...pair, ...outcomeOf(cell(pair), protocol === 'tcp' ? 'ok' : null) });
        }
      }
    }
  }
  return { platform, release: '14.0-RELEASE', binds: [...BINDS], rows };
}

function outcomeOf(cell: string, listened: 'ok' | null) {
  const refused = { xx: 'EADDRINUSE', '??': 'EAFNOSUPPORT' }[cell];
  if (refused !== undefined) {
    return { bind1: 'ok', listen1: listened, bind2: refused, listen2: null, to127001: null, to1: null };
  }
  const [to127001 = null, to1 = null] = [...cell].map((symbol) => ANSWERS[symbol] ?? null);
  return { bind1: 'ok', listen1: listened, bind2: 'ok', listen2: listened, to127001, to1 };
}

export function recordedMatrix(id: string): BindMatrix {
  const kernel = recordedKernel(id);
  return matrixOf(id.replace(/-.*/, ''), (pair) => recordedCell(kernel, pair));
}
