// The fuzzers of native/ and their sources. fuzz.mjs builds them for libFuzzer, coverage/native.mjs for gcov.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { includeFolders, readGyp } from './gyp.mjs';

const ROOT = dirname(import.meta.dirname);
const FLAGS = ['-std=c++17', '-g', '-Wall', '-Wextra', '-Werror', '-Inative', '-Itest/fuzz'];

const gyp = readFileSync(join(ROOT, 'binding.gyp'), 'utf8');
// What Windows adds to them is for its own linker.
const { defines } = readGyp(gyp, 'linux');

/** A program has operators of its own, and so have the sanitizers. */
const sourcesOf = (system) =>
  readGyp(gyp, system).sources.filter((source) => !source.endsWith('/operators.cc'));

const ADDON = ['addon_fuzzer.cc', 'fake_node.cc', 'fake_system.cc'];

/** `faked` are compiled against another system: by `options` as all is, and by `as`. The longest input is in bytes. */
export const FUZZERS = [
  {
    name: 'netlink',
    own: ['netlink_fuzzer.cc'],
    plain: ['native/netlink_linux.cc'],
    faked: [],
    longest: 4096,
  },
  {
    name: 'addon',
    own: [...ADDON, 'fake_linux.cc'],
    faked: sourcesOf('linux'),
    as: ['-include', 'test/fuzz/fake_linux.h'],
    longest: 1024,
  },
  {
    name: 'windows',
    own: [...ADDON, 'fake_windows.cc', 'fake_windows_lists.cc'],
    faked: sourcesOf('win32'),
    options: ['-Itest/fuzz/windows'],
    longest: 1024,
  },
];

/** Compiles it in a folder; `more` are further files of test/fuzz. Returns the program. */
export function buildFuzzer(folder, compiler, flags, fuzzer, more = []) {
  const { name, own, plain = [], faked, as = [], options = [] } = fuzzer;
  const args = [...FLAGS, ...flags, ...defines, ...options, ...includeFolders()];
  const run = (...rest) => execFileSync(compiler, [...args, ...rest], { cwd: ROOT, stdio: 'inherit' });
  const objects = faked.map((source) => {
    const object = join(folder, `${name}-${basename(source)}.o`);
    run(...as, '-c', source, '-o', object);
    return object;
  });
  const program = join(folder, `${name}_fuzzer`);
  run(...[...own, ...more].map((file) => join('test/fuzz', file)), ...plain, ...objects, '-o', program);
  return program;
}
