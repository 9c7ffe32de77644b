import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** From the ground up: a file imports only from layers below its own. */
const LAYERS = [
  ['errors', 'address-groups', 'turns'],
  ['address', 'known-options'],
  ['platforms', 'runtimes', 'permission', 'listen-options', 'socket-filter', 'processes'],
  ['addon'],
  ['address-text', 'bind-outcome'],
  ['node-internals', 'no-address', 'socket-rows', 'recorded-binds'],
  ['remembered', 'peer', 'listeners', 'netstat'],
  ['descriptor', 'base-system'],
  ['bind-address', 'endpoints', 'defaults', 'list-sockets'],
  ['open-sockets', 'contender', 'arrivals'],
  ['adopted-listener'],
  ['server', 'datagram'],
  ['worker', 'target', 'listen-plan', 'bind-pair'],
  ['listen-attempt', 'bind-matrix'],
  ['v6only', 'listen', 'bind-udp', 'policy'],
  ['describe'],
  ['text-table', 'demo-rows'],
  ['doctor', 'demo', 'ls', 'check', 'bindtest'],
  ['bindtest-picture', 'bindtest-style'],
  ['bindtest-page'],
  ['cli'],
  ['bin', 'index', 'register'],
];

const folder = join(__dirname, '..', '..', 'src');

function importsOf(name: string): string[] {
  const text = readFileSync(join(folder, `${name}.ts`), 'utf8');
  return [...text.matchAll(/(?:from |import\()'\.\/([^']+)'/g)].map((match) => match[1] ?? '');
}

const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));

it('knows every file of src', () => {
  expect([...files].sort()).toEqual(LAYERS.flat().sort());
});

it.each(files)('%s imports only from below', (name) => {
  const layer = LAYERS.findIndex((names) => names.includes(name));
  const below = LAYERS.slice(0, layer).flat();
  for (const imported of importsOf(name)) expect(below, `${name} imports ${imported}`).toContain(imported);
});

it("keeps the names of Node's internals in one file", () => {
  for (const name of files.filter((file) => file !== 'node-internals')) {
    const text = readFileSync(join(folder, `${name}.ts`), 'utf8');
    expect(text, name).not.toMatch(/_handle|_listen2|_listeningId|_getServer|state symbol/);
  }
});

/** The code without its comments. */
function codeOf(name: string): string {
  return readFileSync(join(folder, `${name}.ts`), 'utf8').replace(/\/\*\*.*?\*\/|\/\/.*?$/gms, '');
}

it('runs no shell and no code made from text, and one file only runs programs', () => {
  for (const name of files) {
    expect(codeOf(name), name).not.toMatch(
      /\bshell\s*[:=]|\beval\(|new Function\(|node:vm|createRequire|dlopen/,
    );
    if (name !== 'base-system') expect(codeOf(name), name).not.toContain('child_process');
  }
  expect(codeOf('base-system')).toContain("import { execFile } from 'node:child_process';");
});

it('reads the environment in two places only: the policy, and the colours of the command', () => {
  const reading = files.filter((name) => codeOf(name).includes('process.env'));
  expect(reading.sort()).toEqual(['register', 'text-table']);
});

it('only re-exports in index', () => {
  const lines = readFileSync(join(folder, 'index.ts'), 'utf8').split('\n').filter(Boolean);
  for (const line of lines) expect(line).toMatch(/^export .* from '\.\/[\w-]+';$/);
});
