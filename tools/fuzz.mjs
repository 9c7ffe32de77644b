/**
 * Fuzzes native/ with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: `npm run fuzz:native -- 300` for
 * 300 seconds each. Needs clang with its runtime; on Debian clang-19 and libclang-rt-19-dev. What was found is left in
 * build/fuzz/corpus-*, and an input that fails in build/fuzz/crash-*.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { includeFolders, readGyp } from './gyp.mjs';

const ROOT = dirname(import.meta.dirname);
const BUILD = join(ROOT, 'build/fuzz');
const COMPILERS = ['clang++', ...[21, 20, 19, 18, 17, 16].map((version) => `clang++-${version}`)];
const FLAGS = [
  ...['-std=c++17', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-Inative', '-Itest/fuzz'],
  ...['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'],
];

const { sources, defines } = readGyp(readFileSync(join(ROOT, 'binding.gyp'), 'utf8'), 'linux');
// The sanitizers have operators of their own.
const native = sources.filter((source) => basename(source) !== 'operators.cc');
const node = [...defines, ...includeFolders()];

/** `faked` are compiled against the system of `fake`; the longest input is in bytes. */
const FUZZERS = [
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

function findCompiler() {
  const found = COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found === undefined)
    throw new Error('no clang++: on Debian, apt-get install clang-19 libclang-rt-19-dev');
  return found;
}

function build(compiler, { name, own, plain, faked }) {
  const run = (...args) =>
    execFileSync(compiler, [...FLAGS, ...node, ...args], { cwd: ROOT, stdio: 'inherit' });
  const objects = faked.map((source) => {
    const object = join(BUILD, `${basename(source)}.o`);
    run('-include', 'test/fuzz/fake_system.h', '-c', source, '-o', object);
    return object;
  });
  const program = join(BUILD, `${name}_fuzzer`);
  run(...own.map((source) => join('test/fuzz', source)), ...plain, ...objects, '-o', program);
  return program;
}

/** Runs it and says how much it did; the end of its output where it failed. */
function fuzz(program, { name, longest }, seconds) {
  const corpus = join(BUILD, `corpus-${name}`);
  mkdirSync(corpus, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, `-max_len=${longest}`, '-timeout=10'];
  const options = [...limits, '-print_final_stats=1', `-artifact_prefix=${BUILD}/`, corpus];
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' };
  const { status, stderr } = spawnSync(program, options, { env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const number = (what) => stderr.match(new RegExp(`${what}:?\\s+(\\d+)`))?.[1] ?? '?';
  const failures = stderr.match(/^each of .*$/m)?.[0];
  const runs = `${number('number_of_executed_units')} runs, ${number('average_exec_per_sec')} a second`;
  const coverage = `${stderr.match(/cov: (\d+)(?!.*cov:)/s)?.[1] ?? '?'} branches`;
  console.log([`${name}: ${runs}`, coverage, ...(failures === undefined ? [] : [failures])].join(', '));
  if (status === 0) return true;
  console.error(stderr.split('\n').slice(-60).join('\n'));
  return false;
}

const seconds = Number(process.argv[2] ?? 20);
if (!(seconds > 0)) throw new Error(`seconds for each fuzzer, not ${process.argv[2]}`);
if (process.platform !== 'linux') throw new Error('the fuzzers are for the files of Linux');
mkdirSync(BUILD, { recursive: true });
const compiler = findCompiler();
const ok = FUZZERS.map((fuzzer) => fuzz(build(compiler, fuzzer), fuzzer, seconds));
if (ok.includes(false)) process.exitCode = 1;
