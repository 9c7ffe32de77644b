/** The page of `v6only bindtest --html`: one self-contained file without scripts. */

import type { PlatformDefaults } from '../machine/defaults';
import { type BindMatrixRow, cellOf, REUSE_TITLES } from '../matrix/bind-outcome';
import { recordedCell } from '../matrix/recorded-binds';
import { type Bindtest, type Comparison, type Grid, gridsOf } from './bindtest';
import { drawGrid, drawSample, escapeHtml, meaningOf } from './bindtest-picture';
import { STYLE } from './bindtest-style';
import { describeDefaults } from './defaults-text';

export interface PageOptions {
  readonly test: Bindtest;
  readonly defaults: PlatformDefaults;
  readonly date: Date;
}

export function formatPage({ test, defaults, date }: PageOptions): string {
  const { matrix, comparisons } = test;
  const machine = escapeHtml(`${matrix.platform} ${matrix.release}`);
  const grids = gridsOf(matrix);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Two sockets on one port: ${machine}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Two sockets on one port</h1>
<p class="machine">${machine}, measured on ${date.toISOString().slice(0, 10)}</p>
<p>One program listens; a second one binds the same port. Does the kernel allow it, and which program gets the
clients? Every pair of six binds was tried, for TCP and UDP, with the same reuse option on both sockets.</p>
</header>
${legend()}
<main>
${section('TCP', grids, 'tcp')}
${section('UDP', grids, 'udp')}
<section><h2>How other kernels differ</h2>
${comparisons.map((comparison) => compare(comparison, grids)).join('\n')}
</section>
<section><h2>What this machine does by default</h2>
${defaultsTable(defaults)}
</section>
</main>
<footer><p>Made by <code>v6only bindtest</code>. The other kernels were recorded on real systems, not on this machine.</p></footer>
</body>
</html>
`;
}

/** One of each kind of cell, with its meaning. */
const SAMPLES: readonly (readonly [cell: string, text: string])[] = [
  ['12', 'both: IPv4 goes to the first, IPv6 to the second'],
  ['22', 'both: the second gets IPv4 and IPv6'],
  ['1.', 'both: IPv4 goes to the first; neither gets IPv6'],
  ['*.', 'both: IPv4 goes to either one'],
  ['xx', 'the second is refused (EADDRINUSE)'],
  ['??', 'this machine lacks one of the addresses'],
];

function legend(): string {
  const items = SAMPLES.map(([cell, text]) => `<li>${drawSample(cell)}<span>${text}</span></li>`);
  return `<section class="legend" aria-label="Legend">
<p>Rows: the first socket, already listening. Columns: the second. The left half of a cell is a client connecting to
127.0.0.1, the right half one connecting to ::1: <b>1</b> reaches the first socket, <b>2</b> the second, <b>±</b> either,
<span class="together"><b>–</b> neither</span>.</p>
<ul>${items.join('\n')}</ul>
</section>`;
}

function section(title: string, grids: readonly Grid[], protocol: Grid['protocol']): string {
  const figures = grids.filter((grid) => grid.protocol === protocol).map((grid) => figure(grid, grid.title));
  return `<section><h2>${title}</h2><div class="grids">${figures.join('\n')}</div></section>`;
}

function figure(grid: Grid, title: string): string {
  const picture = drawGrid({ title, cell: (row) => cellOf(row), isFaded: () => false }, grid.lines);
  return `<figure><figcaption>${REUSE_TITLES[grid.reuse]}</figcaption>${picture}</figure>`;
}

/** The other kernel's differing grids, with equal cells faded. */
function compare({ kernel, rows }: Comparison, grids: readonly Grid[]): string {
  const heading = `<h3>${kernel.name}</h3>`;
  const trials = grids.flatMap((grid) => grid.lines.flat()).length;
  if (rows.length === 0) return `${heading}<p>The same answer in all of ${trials} trials.</p>`;
  const differing = new Set(rows);
  const figures = grids
    .filter((grid) => grid.lines.flat().some((row) => differing.has(row)))
    .map((grid) => {
      const title = `${grid.title}, on ${kernel.name}`;
      const cell = (row: BindMatrixRow) => recordedCell(kernel, row);
      const picture = drawGrid({ title, cell, isFaded: (row) => !differing.has(row) }, grid.lines);
      return `<figure><figcaption>${grid.title}</figcaption>${picture}</figure>`;
    });
  return `${heading}<p>Differs in ${rows.length} of ${trials} trials, shown in full color with the answers of
${kernel.name}.</p>
<div class="grids">${figures.join('\n')}</div>
<details><summary>As a table</summary>${differencesTable({ kernel, rows })}</details>`;
}

function differencesTable({ kernel, rows }: Comparison): string {
  const lines = rows.map((row) => {
    const { protocol, reuse, first, second } = row;
    const cells = [protocol.toUpperCase(), REUSE_TITLES[reuse], first, second];
    return [...cells, meaningOf(cellOf(row)), meaningOf(recordedCell(kernel, row))];
  });
  const titles = ['', 'option', 'first', 'second', 'here', kernel.name];
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table><thead>${line(titles, 'th')}</thead><tbody>${lines.map((cells) => line(cells, 'td')).join('\n')}</tbody></table></div>`;
}

function defaultsTable(defaults: PlatformDefaults): string {
  const rows = describeDefaults(defaults).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="defaults"><tbody>${rows.join('\n')}</tbody></table>`;
}
