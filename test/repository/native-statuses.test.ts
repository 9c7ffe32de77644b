import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(__dirname, '..', '..', 'native');
const files = readdirSync(folder).filter((name) => name.endsWith('.cc'));

/** The calls of Node-API in a text whose napi_status is not compared, each from its name to the end of the line. */
function unchecked(source: string): string[] {
  const text = source.replace(/\/\/.*/g, '');
  const calls = [...text.matchAll(/\bnapi_\w+\(/g)];
  return calls
    .filter(
      ({ index, 0: call }) => !/^\s*[!=]=\s*napi_ok/.test(text.slice(closing(text, index + call.length))),
    )
    .map(({ index }) => text.slice(index, text.indexOf('\n', index)));
}

/** Behind the parenthesis that closes the one before `start`. */
function closing(text: string, start: number): number {
  let end = start;
  for (let depth = 1; depth > 0 && end < text.length; end++)
    depth += { '(': 1, ')': -1 }[text[end] ?? ''] ?? 0;
  return end;
}

it('native/: finds a call whose status nobody looks at', () => {
  expect(unchecked('napi_throw(env, f(x));\n')).toEqual(['napi_throw(env, f(x));']);
  expect(unchecked('if (napi_get_null(env, f(x)) ==\n napi_ok) {}\n')).toEqual([]);
});

it.each(files)('native/: %s looks at every napi_status', (name) => {
  expect(unchecked(readFileSync(join(folder, name), 'utf8'))).toEqual([]);
});
