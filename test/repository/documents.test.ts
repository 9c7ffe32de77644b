/** Every code block of every document is run, or is part of a file that is. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Block,
  blocksOf,
  docComments,
  documents,
  typeIn,
  userFolder,
  withoutVarying,
} from '../harness/documents';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { repositoryRoot } from '../harness/node-child';
import type { Copy } from '../harness/package-copy';
import { withReason } from '../harness/skips';

const texts = [...documents()];
const blocks = [...texts, ...docComments()].flatMap(([name, text]) => blocksOf(name, text));

const isProgram = ({ language, file }: Block): boolean => language === 'js' && file === '';
const programs = blocks.flatMap((block, index) => {
  const output = blocks[index + 1];
  return isProgram(block) ? [{ ...block, output: output?.language === '' ? output.text : 'nothing' }] : [];
});
const outputs = blocks.filter((_, index) => {
  const before = blocks[index - 1];
  return before !== undefined && isProgram(before);
});
const transcripts = blocks.filter(({ language }) => language === 'console');
const parts = blocks.filter(({ file }) => file !== '');
const chores = blocks.filter(({ language }) => language === 'sh');

let user: Copy;
beforeAll(() => {
  user = userFolder();
});
afterAll(() => user.remove());

it('documents: knows what each block is', () => {
  const known = [
    ...programs.map(({ place }) => place),
    ...[outputs, transcripts, parts, chores].flat().map((b) => b.place),
  ];
  expect(blocks.map(({ place }) => place)).toEqual([...new Set(known)].sort(byPlace));
  expect(programs.length).toBeGreaterThan(0);
});

function byPlace(a: string, b: string): number {
  const order = blocks.map(({ place }) => place);
  return order.indexOf(a) - order.indexOf(b);
}

it.each(programs)('documents: $place: the program prints what stands below it', ({ text, output }) => {
  const env = { ...process.env, NO_COLOR: '1' };
  const node = [process.execPath, '-e', text];
  // Where nobody else has ports; else beside everybody.
  const [program = '', ...args] = noNamespaces === null ? inNamespace([LO_UP], node) : node;
  const printed = execFileSync(program, args, { cwd: repositoryRoot, encoding: 'utf8', env });
  expect(printed).toBe(output);
});

describe.skipIf(noNamespaces !== null)(withReason('documents: in a namespace', noNamespaces), () => {
  it.concurrent.each(transcripts)('$place: goes as it is shown', { timeout: 150_000 }, async ({ text }) => {
    const { stdout, stderr } = await typeIn(text, user.folder);
    expect(stderr).toBe('');
    expect(withoutVarying(stdout)).toBe(withoutVarying(text));
  });
});

it.each(parts)('documents: $place: is part of $file, which other tests run', ({ file, text }) => {
  expect(file).toMatch(/^(examples|\.github)\//);
  expect(readFileSync(join(repositoryRoot, file), 'utf8')).toContain(text);
});

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
const NPM_ITSELF = ['publish', 'ci', 'install', 'audit', 'run'];

/** The documents in the package. */
const SHIPPED = /^((README|CHANGELOG|SECURITY)\.md|LICENSE|docs\/[\w-]+\.md|docs\/pictures\/.*)$/;

it.each(texts.filter(([name]) => SHIPPED.test(name)))(
  'documents: %s: links only to what the package has, except after "In the repository:"',
  (name, text) => {
    const offline = text.replace(/In the repository:.*?(?=\n\n|$)/s, '');
    for (const target of linksOf(offline)) expect(target.path(name)).toMatch(SHIPPED);
  },
);

it.each(texts)('documents: %s: names npm commands that exist', (_, text) => {
  for (const [, name = ''] of text.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)) {
    if (!NPM_ITSELF.includes(name)) expect(Object.keys(scripts)).toContain(name);
  }
});

it.each(chores)(
  'documents: $place: has nothing but commands of npm, and of tools of this repository',
  ({ text }) => {
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(npm|npx vitest|node tools\/)/);
    for (const [path] of text.matchAll(/\b(tools|test)\/[\w./-]+/g))
      expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
  },
);

it.each(texts)('documents: %s: links to what exists', (name, text) => {
  for (const { target, anchor, path } of linksOf(text)) {
    const file = join(repositoryRoot, path(name));
    expect(existsSync(file), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(readFileSync(file, 'utf8')), target).toContain(anchor);
  }
});

interface Link {
  readonly target: string;
  readonly anchor: string | undefined;
  /** From the repository's folder, of a link in that document. */
  path(document: string): string;
}

/** Links within the repository. */
function linksOf(text: string): Link[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    return [{ target, anchor, path: (name) => (file === '' ? name : join(dirname(name), file)) }];
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
