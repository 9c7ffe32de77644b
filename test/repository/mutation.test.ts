/** What tools/mutate/judge.mjs makes of a report of Stryker. */
import { expect, it } from 'vitest';
import { json, runNode } from '../harness/node-child';

interface Verdict {
  total: number;
  noticed: number;
  equivalent: number;
  survivors: { was: string; becomes: string }[];
  unknown: unknown[];
  stale: unknown[];
}

const SOURCE = 'one();\n  if (a < b)\n    return 1;\n';
/** Of the condition, of the same a line lower, and of the whole statement. */
const CONDITION = { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } };
const LOWER = { start: { line: 3, column: 7 }, end: { line: 3, column: 12 } };
const STATEMENT = { start: { line: 2, column: 3 }, end: { line: 3, column: 14 } };

async function judge(status: string, location: object, rows: object[], source = SOURCE): Promise<Verdict> {
  const report = { source, mutants: [{ status, location, replacement: 'true' }] };
  const args = JSON.stringify([report, rows]);
  const script = `import { judge } from './tools/mutate/judge.mjs'; console.log(JSON.stringify(judge(...${args})));`;
  return json<Verdict>(await runNode(['--input-type=module', '--eval', script]));
}

const FINE = { total: 1, noticed: 0, equivalent: 0, survivors: [], unknown: [], stale: [] };
const WAS = 'if (a < b)';
const ROW = { was: WAS, becomes: ['if (true)'] };

it.each(['Killed', 'Timeout', 'RuntimeError'])('%s is noticed', async (status) => {
  expect(await judge(status, CONDITION, [])).toEqual({ ...FINE, noticed: 1 });
});

it.each(['Survived', 'NoCoverage'])('%s is a survivor, unless a row explains it', async (status) => {
  const { survivors } = await judge(status, CONDITION, []);
  expect(survivors).toEqual([expect.objectContaining({ was: WAS, becomes: 'if (true)' })]);
  expect(await judge(status, CONDITION, [ROW])).toEqual({ ...FINE, equivalent: 1 });
  expect(await judge(status, LOWER, [ROW], `\n${SOURCE}`)).toEqual({ ...FINE, equivalent: 1 });
});

it('what spans lines is told in one', async () => {
  const { survivors } = await judge('Survived', STATEMENT, []);
  expect(survivors).toMatchObject([{ was: 'if (a < b) return 1;', becomes: 'true' }]);
});

it('a row that explains nothing that is there is stale, and an error of Stryker is no answer', async () => {
  const other = { was: WAS, becomes: ['if (false)'] };
  expect(await judge('Killed', CONDITION, [other])).toMatchObject({
    noticed: 1,
    stale: [{ was: WAS, becomes: 'if (false)' }],
  });
  expect(await judge('CompileError', CONDITION, [])).toMatchObject({ noticed: 0, unknown: [{}] });
});
