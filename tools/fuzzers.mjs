// The fuzzers of native/ and their sources. fuzz.mjs builds them for libFuzzer, coverage/native.mjs for gcov.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { includeFolders, readGyp } from './gyp.mjs';

const ROOT = dirname(import.meta.dirname);
const FLAGS = ['-std=c++17', '-g', '-Wall', '-Wextra', '-Werror', '-Inative', '-Itest/fuzz'];

const { sources, defines } = readGyp(readFileSync(join(ROOT, 'binding.gyp'), 'utf8'), 'linux');
// Programs and sanitizers have their own operators.
const native = sources.filter((source) => basename(source) !== 'operators.cc');

/** `faked` are compiled against the system of `fake`; the longest input is in bytes. */
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
    own: ['addon_fuzzer.cc', 'fake_node.cc', 'fake_system.cc'],
    plain: [],
    faked: native,
    longest: 1024,
  },
];

/** Compiles it in a folder; `more` are further files of test/fuzz. Returns the program. */
export function buildFuzzer(folder, compiler, options, { name, own, plain, faked }, more = []) {
  const args = [...FLAGS, ...options, ...defines, ...includeFolders()];
  const run = (...rest) => execFileSync(compiler, [...args, ...rest], { cwd: ROOT, stdio: 'inherit' });
  const objects = faked.map((source) => {
    const object = join(folder, `${basename(source)}.o`);
    run('-include', 'test/fuzz/fake_system.h', '-c', source, '-o', object);
    return object;
  });
  const program = join(folder, `${name}_fuzzer`);
  run(...[...own, ...more].map((file) => join('test/fuzz', file)), ...plain, ...objects, '-o', program);
  return program;
}
