/** What Stryker reports of one file, held against what equivalent.mjs explains. */
const UNNOTICED = ['Survived', 'NoCoverage'];
/** RuntimeError: an exception that no test caught, with which vitest fails. */
const NOTICED = ['Killed', 'Timeout', 'RuntimeError'];

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** The lines of a mutant, before and after, which stay the same when others are added above them. */
export function describe(source, { location: { start, end }, replacement }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const before = lines[0].slice(0, start.column - 1);
  const after = lines[lines.length - 1].slice(end.column - 1);
  return { was: oneLine(lines.join('\n')), becomes: oneLine(before + replacement + after) };
}

/** `rows` are those of equivalent.mjs for this file. */
export function judge({ source, mutants }, rows) {
  const explained = rows.flatMap(({ was, becomes }) => becomes.map((one) => ({ was, becomes: one })));
  const same = (a) => (b) => a.was === b.was && a.becomes === b.becomes;
  const described = mutants.map((mutant) => ({ ...mutant, ...describe(source, mutant) }));
  const unnoticed = described.filter(({ status }) => UNNOTICED.includes(status));
  return {
    total: described.length,
    noticed: described.filter(({ status }) => NOTICED.includes(status)).length,
    equivalent: unnoticed.filter((mutant) => explained.some(same(mutant))).length,
    survivors: unnoticed.filter((mutant) => !explained.some(same(mutant))),
    // Such as an error of Stryker itself.
    unknown: described.filter(({ status }) => ![...UNNOTICED, ...NOTICED].includes(status)),
    stale: explained.filter((row) => !described.some(same(row))),
  };
}
