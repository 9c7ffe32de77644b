/**
 * Fuzzes native/ with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: `npm run fuzz:native -- 300` for
 * 300 seconds each. Needs clang with its runtime; on Debian clang-19 and libclang-rt-19-dev. What was found is left in
 * build/fuzz/corpus-*, and an input that fails in build/fuzz/crash-*.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildFuzzer, FUZZERS } from './fuzzers.mjs';

const ROOT = dirname(import.meta.dirname);
const BUILD = join(ROOT, 'build/fuzz');
const COMPILERS = ['clang++', ...[21, 20, 19, 18, 17, 16].map((version) => `clang++-${version}`)];
const OPTIONS = ['-O1', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'];

function findCompiler() {
  const found = COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found === undefined)
    throw new Error('no clang++: on Debian, apt-get install clang-19 libclang-rt-19-dev');
  return found;
}

/** Runs it and reports how much it did, or the end of its output if it failed. */
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
if (process.platform !== 'linux') throw new Error('the fuzzers run on Linux');
mkdirSync(BUILD, { recursive: true });
const compiler = findCompiler();
const ok = FUZZERS.map((fuzzer) => fuzz(buildFuzzer(BUILD, compiler, OPTIONS, fuzzer), fuzzer, seconds));
if (ok.includes(false)) process.exitCode = 1;
