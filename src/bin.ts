#!/usr/bin/env node
import { run } from './cli/cli';

let written = true;

// A full disk is one line and exit code 1; `v6only ls | head` has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  written = false;
  process.exitCode = 1;
  process.stderr.write(`v6only: cannot write to standard output: ${error.message}\n`);
});
// No one is left to tell.
process.stderr.on('error', () => {});

run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}).then((exitCode) => {
  process.exitCode = written ? exitCode : 1;
});
