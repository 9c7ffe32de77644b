// A copy of this repository whose addon is compiled with other options; tests load its build/Release, as here.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { includeFolders, readGyp } from './gyp.mjs';

const ROOT = dirname(import.meta.dirname);
const FOLDERS = ['.github', 'src', 'test', 'dist', 'docs', 'examples', 'native', 'tools'];
const FILES = ['package.json', 'binding.gyp', 'tsconfig.json', 'vitest.config.mts'];
const FLAGS = ['-std=c++17', '-g', '-fPIC', '-shared', '-fno-omit-frame-pointer', '-fvisibility=hidden'];

/** Makes `folder` that copy; `options` are the compiler's, which leaves what it writes besides next to the addon. */
export function copyWithAddon(folder, options) {
  for (const name of [...FOLDERS, ...FILES])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  // Some child processes of tests run as another user.
  chmodSync(folder, 0o755);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const { sources, defines } = readGyp(readFileSync(join(ROOT, 'binding.gyp'), 'utf8'), 'linux');
  const release = join(folder, 'build/Release');
  mkdirSync(release, { recursive: true });
  const files = sources.map((source) => join(folder, source));
  const args = [...FLAGS, ...options, ...defines, ...includeFolders(), ...files];
  execFileSync('g++', [...args, '-o', join(release, 'v6only.node')], { cwd: release, stdio: 'inherit' });
}

/** Runs tests in such a copy; true if they pass. */
export function runTests(folder, args, env = {}) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'tests', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  return status === 0;
}
