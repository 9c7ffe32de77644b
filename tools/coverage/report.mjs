// The totals as a table, and the minimum for each part.

/** Percent of lines. Below the last measurement, because the order of events differs between runs. */
const FLOORS = { 'src/': 95, 'native/': 95 };

const percent = ({ reached, all }) => (all === 0 ? 100 : Math.floor((100 * reached) / all));

const sum = (counts) =>
  counts.reduce((a, b) => ({ reached: a.reached + b.reached, all: a.all + b.all }), { reached: 0, all: 0 });

/** `3 7-9` for the numbers 9, 7, 8, 3 and 3. */
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
  const totals = Object.keys(FLOORS).map((part) => {
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

/** The parts below their floor. */
export function complaints(figures) {
  return Object.entries(FLOORS).flatMap(([part, floor]) => {
    const files = figures.filter(({ path }) => path.startsWith(part));
    const reached = percent(sum(files.map(({ lines }) => lines)));
    return reached < floor ? [`${reached} % of the lines of ${part} are reached, fewer than ${floor} %`] : [];
  });
}
