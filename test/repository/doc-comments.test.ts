/** What a user reads in the editor: that there is a comment on everything that is exported is for `npm run docs`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as api from '../../src/index';

const folder = join(__dirname, '..', '..', 'src');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

const functions = Object.entries(api)
  .filter(([, value]) => typeof value === 'function' && !/^class\b/.test(String(value)))
  .map(([name]) => name);

/** Those that take whatever they are given. */
const NEVER_THROW = ['embeddedIPv4', 'isIPv4Mapped', 'unmapIPv4'];

/** The comment right before the first declaration of an exported function. */
function commentOf(name: string): string {
  const declaration = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:async )?function ${name}\\b`,
  );
  return declaration.exec(sources)?.[1] ?? '';
}

it('doc comments: finds the functions', () => {
  expect(functions).toEqual(expect.arrayContaining([...NEVER_THROW, 'listen', 'setV6Only']));
});

it.each(functions)('doc comments: %s: its comment says what it throws', (name) => {
  const comment = commentOf(name);
  expect(comment).not.toBe('');
  expect(comment.includes('@throws')).toBe(!NEVER_THROW.includes(name));
});

it.each(functions)(
  'doc comments: %s: it has an example, which the documents test runs, and a place',
  (name) => {
    expect(commentOf(name)).toMatch(/\n \* @example\n \* ```js\n/);
    expect(commentOf(name)).toMatch(/\n \* @category \w/);
  },
);

it.each(functions)('doc comments: %s: each reason that it names is one', (name) => {
  const reasons = [...sources.matchAll(/^ {2}\| '([a-z\d-]+)'/gm)].map((match) => match[1]);
  const [, ...throwing] = commentOf(name).split('@throws');
  for (const [, named] of throwing.join().matchAll(/`([a-z\d]+-[a-z\d-]+)`/g))
    expect(reasons).toContain(named);
});
