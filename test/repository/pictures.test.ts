/**
 * The pictures of docs/bind-order.md, by the same drawing as `v6only bindtest --html`, of the recorded kernels. After a
 * change of either: npx vitest run --project tests test/package/pictures.test.ts -u
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drawGrid } from '../../src/cli/bindtest-picture';
import { STYLE } from '../../src/cli/bindtest-style';
import {
  BINDS,
  type BindMatrixRow,
  type BindProtocol,
  type BindReuse,
  PROTOCOLS,
  REUSE_TITLES,
  REUSES,
} from '../../src/matrix/bind-outcome';
import { RECORDED_KERNELS, type RecordedKernel, recordedCell } from '../../src/matrix/recorded-binds';
import { repositoryRoot } from '../harness/node-child';

interface Grid {
  title: string;
  kernel: RecordedKernel;
  lines: BindMatrixRow[][];
}

const NOTHING = { bind1: null, listen1: null, bind2: null, listen2: null, to127001: null, to1: null };

function linesOf(protocol: BindProtocol, reuse: BindReuse): BindMatrixRow[][] {
  return BINDS.map(({ name: first }) =>
    BINDS.map(({ name: second }) => ({ protocol, reuse, first, second, ...NOTHING })),
  );
}

/** One grid for each kernel and protocol, or for both protocols where they are alike. */
function gridsOf(reuse: BindReuse): Grid[] {
  return RECORDED_KERNELS.flatMap((kernel) => {
    const found = new Map<string, Grid>();
    for (const protocol of PROTOCOLS) {
      const key = kernel.grids[protocol][reuse].join();
      const title = `${found.get(key)?.title.concat(' and ') ?? `${kernel.name}, `}${protocol.toUpperCase()}`;
      found.set(key, { title, kernel, lines: linesOf(protocol, reuse) });
    }
    return [...found.values()];
  });
}

/** Of the page's style, what a file of its own has a use for: the colours, and what is drawn. */
const COLOURS = STYLE.slice(0, STYLE.indexOf('* {'));
const SHAPES = STYLE.slice(STYLE.indexOf('svg text {'), STYLE.indexOf('table {'));

const SIZE = { width: 374, height: 242 } as const;
const MARGIN = 24;

function picture(name: string, grids: readonly Grid[]): string {
  const drawn = grids.map(({ title, kernel, lines }, index) => {
    const x = MARGIN + index * (SIZE.width + MARGIN);
    const grid = drawGrid({ title, cell: (row) => recordedCell(kernel, row), isFaded: () => false }, lines);
    const placed = grid.replace(
      '<svg ',
      `<svg x="${x}" y="40" width="${SIZE.width}" height="${SIZE.height}" `,
    );
    return `<text class="caption" x="${x}" y="26">${title}</text>\n${placed}`;
  });
  const [width, height] = [MARGIN + grids.length * (SIZE.width + MARGIN), SIZE.height + 56];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${name}">
<title>${name}</title>
<style>${COLOURS}${SHAPES}svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg .caption { font-size: 14px; font-weight: 600; }
</style>
<rect width="100%" height="100%" fill="var(--page)"/>
${drawn.join('\n')}
</svg>
`;
}

it.each(REUSES)('the picture of two sockets with %s', async (reuse) => {
  const file = join(repositoryRoot, 'docs/pictures', `bind-order-${reuse}.svg`);
  await expect(
    picture(`Two sockets on one port, ${REUSE_TITLES[reuse]}`, gridsOf(reuse)),
  ).toMatchFileSnapshot(file);
});
