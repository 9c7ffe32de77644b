// The figures as a table, and what test/coverage.md says of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = 'test/coverage.md';
/** How many places more than a row says make it stale, and which part of the file. */
const STALE = { places: 8, part: 0.2 };

const percent = ({ reached, all }) => (all === 0 ? 100 : Math.floor((100 * reached) / all));
const isAll = ({ reached, all }) => reached === all;

const sum = (counts) =>
  counts.reduce((a, b) => ({ reached: a.reached + b.reached, all: a.all + b.all }), { reached: 0, all: 0 });

/** `3 7-9`, of the numbers 9, 7, 8, 3 and 3. */
function ranges(numbers) {
  const found = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(' ');
}

function row(name, lines, branches, missed = '', partly = '') {
  const figure = (counts) => `${String(percent(counts)).padStart(3)} % of ${String(counts.all).padEnd(5)}`;
  return [name.padEnd(28), figure(lines), figure(branches), missed.padEnd(20), partly].join(' ').trimEnd();
}

export function table(figures) {
  const rows = figures.map(({ path, lines, branches, missed, partly }) =>
    row(path, lines, branches, ranges(missed), ranges(partly)),
  );
  const totals = ['src/', 'native/'].map((part) => {
    const files = figures.filter(({ path }) => path.startsWith(part));
    return row(
      `all of ${part}`,
      sum(files.map(({ lines }) => lines)),
      sum(files.map((file) => file.branches)),
    );
  });
  const head = ['file'.padEnd(28), 'lines'.padEnd(14), 'branches'.padEnd(14), 'lines not reached'.padEnd(20)];
  return [[...head, 'branches not reached'].join(' '), ...rows, ...totals].join('\n');
}

/** The rows of the document: what is at least reached of a file. */
function readDocument() {
  const text = readFileSync(join(import.meta.dirname, '../..', DOCUMENT), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (\d+) \| (\d+) \| \S.* \|$/gm)];
  return new Map(
    rows.map(([, path, lines, branches]) => [path, { lines: Number(lines), branches: Number(branches) }]),
  );
}

function complaintsOf({ path, ...counts }, least) {
  if (least === undefined)
    return isAll(counts.lines) && isAll(counts.branches)
      ? []
      : [`${path}: not all is reached, and ${DOCUMENT} has no reason`];
  return ['lines', 'branches'].flatMap((what) => {
    const reached = percent(counts[what]);
    if (reached < least[what])
      return [`${path}: ${reached} % of the ${what}, and ${DOCUMENT} says ${least[what]}`];
    const more = counts[what].reached - (counts[what].all * least[what]) / 100;
    if (more > Math.max(STALE.places, STALE.part * counts[what].all))
      return [`${path}: ${reached} % of the ${what}; raise the ${least[what]} of ${DOCUMENT}`];
    return [];
  });
}

/** What does not agree with the document. */
export function complaints(figures) {
  const document = readDocument();
  const paths = figures.map(({ path }) => path);
  const gone = [...document.keys()].filter((path) => !paths.includes(path));
  return [
    ...gone.map((path) => `${path}: in ${DOCUMENT}, and not measured`),
    ...figures.flatMap((one) => complaintsOf(one, document.get(one.path))),
  ];
}
