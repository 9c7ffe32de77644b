/** One grid of `v6only bindtest` as SVG. Sizes are CSS pixels, unscaled on a screen 400 pixels wide. */
import { BINDS, type BindMatrixRow, type BindName, IMPOSSIBLE, REFUSED } from '../matrix/bind-outcome';

export interface Drawing {
  readonly title: string;
  readonly cell: (row: BindMatrixRow) => string;
  readonly isFaded: (row: BindMatrixRow) => boolean;
}

const LABEL_WIDTH = 74;
const HEADER_HEIGHT = 44;
const PITCH = { x: 50, y: 33 } as const;
const CELL = { width: 44, height: 28 } as const;
const RADIUS = 5;
const WIDTH = LABEL_WIDTH + PITCH.x * BINDS.length;
const HEIGHT = HEADER_HEIGHT + PITCH.y * BINDS.length;

/** In two lines, so that six of them fit side by side. */
const LABELS: Readonly<Record<BindName, readonly [string, string?]>> = {
  '0.0.0.0': ['0.0.0.0'],
  '127.0.0.1': ['127.0.0.1'],
  '[::] v6only=0': ['[::]', 'v6only 0'],
  '[::] v6only=1': ['[::]', 'v6only 1'],
  '[::1]': ['::1'],
  '[::ffff:127.0.0.1]': ['::ffff:', '127.0.0.1'],
};

/** Colors are classes, so that the page can choose them for light and dark. */
const LOOKS: Readonly<Record<string, readonly [className: string, symbol: string]>> = {
  '1': ['first', '1'],
  '2': ['second', '2'],
  '*': ['either', '±'],
  '.': ['nobody', '–'],
};

export function drawGrid({ title, cell, isFaded }: Drawing, lines: readonly BindMatrixRow[][]): string {
  const cells = lines.flatMap((line, y) =>
    line.map((row, x) => {
      const left = LABEL_WIDTH + x * PITCH.x;
      const top = HEADER_HEIGHT + y * PITCH.y;
      const hint = `${row.first}, then ${row.second}: ${meaningOf(cell(row))}`;
      const faded = isFaded(row) ? ' class="faded"' : '';
      return `<g transform="translate(${left} ${top})"${faded}><title>${escapeHtml(hint)}</title>${drawCell(cell(row))}</g>`;
    }),
  );
  const name = escapeHtml(title);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}"><title>${name}</title>
<desc>A row for each first bind, a column for each second; each cell has its answer as its title.</desc>
${drawLabels()}
${cells.join('\n')}
</svg>`;
}

/** A cell on its own, for the legend. */
export function drawSample(cell: string): string {
  const { width, height } = CELL;
  return `<svg class="sample" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">${drawCell(cell)}</svg>`;
}

function drawLabels(): string {
  const corner = `<text class="axis" x="0" y="34">first ↓</text><text class="axis" x="${LABEL_WIDTH}" y="10">second →</text>`;
  const labels = BINDS.map(({ name }, index) => {
    const [upper, lower] = LABELS[name];
    const x = LABEL_WIDTH + index * PITCH.x + CELL.width / 2;
    const y = HEADER_HEIGHT + index * PITCH.y + CELL.height / 2;
    return drawLabel(upper, lower, `x="${x}" text-anchor="middle"`, 28) + drawLabel(upper, lower, 'x="0"', y);
  });
  return corner + labels.join('');
}

/** One or two lines, vertically centered. */
function drawLabel(upper: string, lower: string | undefined, attributes: string, middle: number): string {
  if (lower === undefined) return `<text ${attributes} y="${middle + 3.5}">${upper}</text>`;
  return `<text ${attributes} y="${middle - 2.5}">${upper}</text><text ${attributes} y="${middle + 9.5}">${lower}</text>`;
}

function drawCell(cell: string): string {
  const { width, height } = CELL;
  if (cell === REFUSED) {
    const cross = '<path class="cross" d="M17.5 9.5l9 9m0-9l-9 9"/>';
    return `<rect class="refused" width="${width}" height="${height}" rx="${RADIUS}"/>${cross}`;
  }
  if (cell === IMPOSSIBLE) {
    const box = `<rect class="impossible" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="${RADIUS}"/>`;
    return `${box}<text class="symbol impossible-symbol" x="${width / 2}" y="19">?</text>`;
  }
  return [...cell].map(drawHalf).join('');
}

/** Only a seam separates the halves, so that six pairs don't look like twelve cells. */
const HALVES = [
  'M21.25.5H5A4.5 4.5 0 0 0 .5 5v18A4.5 4.5 0 0 0 5 27.5h16.25z',
  'M22.75.5H39A4.5 4.5 0 0 1 43.5 5v18a4.5 4.5 0 0 1-4.5 4.5H22.75z',
] as const;

function drawHalf(symbol: string, index: number): string {
  const [className, text] = LOOKS[symbol] ?? ['nobody', symbol];
  const middle = (CELL.width / 4) * (2 * index + 1);
  const path = `<path class="${className}" d="${HALVES[index]}"/>`;
  return `${path}<text class="symbol on-${className}" x="${middle}" y="19">${text}</text>`;
}

const WORDS: Readonly<Record<string, string>> = {
  '1': 'the first',
  '2': 'the second',
  '*': 'either',
  '.': 'nobody',
};

export function meaningOf(cell: string): string {
  if (cell === REFUSED) return 'refused';
  if (cell === IMPOSSIBLE) return 'not on this machine';
  const [ipv4, ipv6] = [...cell].map((symbol) => WORDS[symbol] ?? symbol);
  return `IPv4 to ${ipv4}, IPv6 to ${ipv6}`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
