/** The table of seams: complete, shown in docs/how-it-works.md, and tried without each private name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SEAMS, type Seam } from '../../src/runtime/seams';
import { repositoryRoot } from '../harness/node-child';

const read = (...path: string[]) => readFileSync(join(repositoryRoot, ...path), 'utf8');

const sources = readdirSync(join(repositoryRoot, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'runtime/seams.ts')
  .map((name) => ({ name, code: read('src', name).replace(/\/\*\*.*?\*\/|\/\/.*?$/gms, '') }));

const filesWith = (pattern: RegExp) =>
  sources.filter(({ code }) => pattern.test(code)).map(({ name }) => name);

const privates = SEAMS.flatMap(({ name, kind, files, taken }) =>
  kind === 'private' && taken !== undefined ? [{ name, files, ...taken }] : [],
);
const words = [...new Set(privates.map(({ word }) => word))];

it('every private name that src/ reads is in the table', () => {
  const found = sources.flatMap(({ code }) =>
    [...code.matchAll(/(?:\.|['"`])(_[a-z]\w+)\b/g)].map(([, name]) => name),
  );
  expect(found.length).toBeGreaterThan(0);
  for (const name of found) expect(words).toContain(name);
});

it.each(words)('%s stands in the files that the table says, all of them in runtime/', (word) => {
  const files = privates.filter((seam) => seam.word === word).flatMap((seam) => seam.files);
  expect(filesWith(new RegExp(`(?<!\\w)${word}\\b`)).sort()).toEqual([...new Set(files)].sort());
  for (const file of files) expect(file).toMatch(/^runtime\//);
});

it('no symbol of Node is looked for by another description', () => {
  const found = sources.flatMap(({ code }) =>
    [...code.matchAll(/\.description === '(.+?)'/g)].map(([, name]) => name),
  );
  expect(found).toEqual(words.filter((word) => word.includes(' ')));
});

it('names files that exist', () => {
  for (const { name, files } of SEAMS) {
    expect(files.length, name).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(join(repositoryRoot, 'src', file)), file).toBe(true);
  }
});

it('every channel that src/ hears is in the table', () => {
  const heard = filesWith(/from 'node:diagnostics_channel'/);
  const channels = SEAMS.filter(({ name }) => name.startsWith('channel'));
  expect(heard.sort()).toEqual([...new Set(channels.flatMap(({ files }) => files))].sort());
});

it('docs/how-it-works.md has the same table', () => {
  const cells = ({ name, kind, since, purpose, missing }: Seam) => [name, kind, since, purpose, missing];
  const rows = [
    ['seam', 'kind', 'Node', 'what for', 'where it is missing'],
    ...[Array(5).fill('---'), ...SEAMS.map(cells)],
  ];
  const lines = rows.map((row) => `| ${row.join(' | ')} |`.replaceAll(' --- ', '---'));
  expect(read('docs/how-it-works.md')).toContain(`\n\n${lines.join('\n')}\n\n`);
});

describe('private names that are taken away', () => {
  const [, all = ''] = /^const ALL = \[(.*?)\]/ms.exec(read('test/futures/future.cjs')) ?? [];
  const tried = [...read('test/futures/futures.test.ts').matchAll(/switches: '([^']+)'/g)]
    .flatMap(([, list = '']) => list.split(','))
    .flatMap((name) => (name === 'all' ? [...all.matchAll(/'(\w+)'/g)].map(([, each]) => each) : name));

  it.each(privates)('$name: test/futures/futures.test.ts runs the contract without it ($by)', ({ by }) => {
    expect(tried).toContain(by);
  });
});

it('no program loads the table', () => {
  expect(read('dist/core.js')).not.toContain(SEAMS[0]?.purpose);
});
