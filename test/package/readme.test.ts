import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const text = readFileSync(join(root, 'README.md'), 'utf8');

/** Each program of the README with the output that it shows below it. */
const programs = [...text.matchAll(/```js\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/g)].map((match) => ({
  code: match[1] ?? '',
  output: match[2] ?? '',
}));

it('shows the output of each of its programs', () => {
  expect(programs.length).toBe(text.split('```js').length - 1);
  expect(programs.length).toBeGreaterThan(0);
});

it.each(programs)('runs program %# as it stands', ({ code, output }) => {
  const env = { ...process.env, NO_COLOR: '1' };
  expect(execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8', env })).toBe(output);
});

it('names commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map((match) => match[1] ?? '');
  for (const name of new Set(named)) {
    if (!['ci'].includes(name)) expect(Object.keys(scripts), name).toContain(name);
  }
});
