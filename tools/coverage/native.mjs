// Line and branch coverage of native/, with gcov: each process that loaded the addon adds its counts at exit.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFuzzer, FUZZERS } from '../fuzzers.mjs';
import { Reached } from './reached.mjs';

/** Without exceptions, as in node-gyp's build: otherwise every call would have an extra branch. */
export const GCOV = ['-O0', '--coverage', '-fprofile-update=atomic', '-fno-exceptions'];

const INPUTS = '30000';
/** Unoptimized code keeps unused functions from headers, which call undefined ones. */
const LINK = '-Wl,--gc-sections';

/** Runs the fuzzers, in which any Node-API or kernel call may fail; returns the folders with gcov's notes. */
export function runFuzzers(folder) {
  return FUZZERS.map((fuzzer) => {
    const own = join(folder, fuzzer.name);
    mkdirSync(own, { recursive: true });
    const program = buildFuzzer(own, 'g++', [...GCOV, LINK], fuzzer, ['random_inputs.cc']);
    execFileSync(program, [INPUTS, String(fuzzer.longest)], { stdio: 'inherit' });
    return own;
  });
}

function readGcov(folder, name) {
  const args = ['--json-format', '--stdout', '--branch-probabilities', name];
  return JSON.parse(execFileSync('gcov', args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 })).files;
}

/** Adds the counts of one file. gcov lists a template's lines once per type; they are merged here. */
function add(reached, path, { functions, lines }) {
  const begins = new Map(functions.map((one) => [one.name, one.start_line]));
  for (const { line_number: line, function_name: name, count, branches } of lines) {
    reached.line(path, line, count);
    branches.forEach((branch, way) => {
      reached.branch(path, line, `${line}:${begins.get(name)}:${way}`, branch.count);
    });
  }
}

/** The coverage of native/ by the programs whose compiler notes are in `folders`. */
export function reachedOfNative(folders) {
  const reached = new Reached([]);
  for (const folder of folders)
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.gcno')))
      for (const one of readGcov(folder, name)) {
        const path = /\bnative\/[^/]+$/.exec(one.file)?.[0];
        if (path !== undefined) add(reached, path, one);
      }
  return reached;
}
