// Lines and branches of native/, by gcov: each process that has loaded the addon adds its counts when it ends.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFuzzer, FUZZERS } from '../fuzzers.mjs';
import { Reached } from './reached.mjs';

/** An exception has a way of its own out of every call otherwise; the addon is built without, as by node-gyp. */
export const GCOV = ['-O0', '--coverage', '-fprofile-update=atomic', '-fno-exceptions'];

const INPUTS = '30000';
/** Unoptimized, headers leave functions behind that nobody calls, and that call what is not there. */
const LINK = '-Wl,--gc-sections';

/** Runs the fuzzers, where every call of Node-API and of the kernel may fail; returns where gcov's notes are. */
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

/** The counts of one file. A template has each of its lines once for each type: these are one place here. */
function add(reached, path, { functions, lines }) {
  const begins = new Map(functions.map((one) => [one.name, one.start_line]));
  for (const { line_number: line, function_name: name, count, branches } of lines) {
    reached.line(path, line, count);
    branches.forEach((branch, way) => {
      reached.branch(path, line, `${line}:${begins.get(name)}:${way}`, branch.count);
    });
  }
}

/** What was reached of native/ by the programs whose compiler left its notes in `folders`. */
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
