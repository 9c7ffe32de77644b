/** Summarizes Stryker's report on one file. */
const UNNOTICED = ['Survived', 'NoCoverage'];
/** RuntimeError: an uncaught exception, which fails vitest. */
const NOTICED = ['Killed', 'Timeout', 'RuntimeError'];

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** A mutant's lines, before and after; unlike line numbers, they don't change when code above them does. */
export function describe(source, { location: { start, end }, replacement }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const before = lines[0].slice(0, start.column - 1);
  const after = lines[lines.length - 1].slice(end.column - 1);
  return { was: oneLine(lines.join('\n')), becomes: oneLine(before + replacement + after) };
}

export function judge({ source, mutants }) {
  const described = mutants.map((mutant) => ({ ...mutant, ...describe(source, mutant) }));
  return {
    total: described.length,
    noticed: described.filter(({ status }) => NOTICED.includes(status)).length,
    survivors: described.filter(({ status }) => UNNOTICED.includes(status)),
    // Such as an error in Stryker itself.
    unknown: described.filter(({ status }) => ![...UNNOTICED, ...NOTICED].includes(status)),
  };
}
