// Counters in src/, for every statement and branch path. They work the same in the test processes, which load src/, and
// in their children, which load the dist/ built from it. Each process writes its counts at exit.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { Reached } from './reached.mjs';

const instrumenter = createInstrumenter({
  esModules: true,
  compact: false,
  preserveComments: true,
  parserPlugins: ['typescript'],
  // A program may forbid creating functions from strings.
  coverageGlobalScope: 'globalThis',
  coverageGlobalScopeFunc: false,
});

/** Inserted into every file, as text. A child that may not write (--permission, another user) leaves nothing. */
function leaveCounts(folder) {
  if (globalThis.__leavesCounts__) return;
  globalThis.__leavesCounts__ = true;
  const { writeFileSync: write } = process.getBuiltinModule('node:fs');
  process.on('exit', () => {
    const counts = Object.entries(globalThis.__coverage__).map(([file, { s, b }]) => [file, { s, b }]);
    try {
      write(`${folder}/${process.pid}-${Math.random()}.json`, JSON.stringify(Object.fromEntries(counts)));
    } catch {}
  });
}

const countsIn = (copy) => join(copy, 'build/counts');

/** rolldown empties dist/, including the types, which it doesn't generate. */
function buildAgain(copy) {
  const dist = join(copy, 'dist');
  const types = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => ({ path: join(dist, name), text: readFileSync(join(dist, name)) }));
  execFileSync('node_modules/.bin/rolldown', ['-c', '--logLevel', 'warn'], { cwd: copy, stdio: 'inherit' });
  for (const { path, text } of types) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

const sourcesOf = (copy) =>
  readdirSync(join(copy, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );

/** Adds counters to src/ and dist/ of a copy of this repository; returns their locations. */
export function countSources(copy) {
  mkdirSync(countsIn(copy));
  const prelude = `(${leaveCounts})(${JSON.stringify(countsIn(copy))});\n`;
  const counters = sourcesOf(copy).map((name) => {
    const path = join(copy, 'src', name);
    const text = instrumenter.instrumentSync(readFileSync(path, 'utf8'), `src/${name}`);
    writeFileSync(
      path,
      text.replace(/^(#!.*\n)?/, (hashbang) => hashbang + prelude),
    );
    return instrumenter.lastFileCoverage();
  });
  buildAgain(copy);
  return counters;
}

/** The coverage of the files with those counters. */
export function reachedOfSources(copy, counters) {
  const reached = new Reached(counters.map(({ path }) => path));
  const processes = readdirSync(countsIn(copy)).map((name) =>
    JSON.parse(readFileSync(join(countsIn(copy), name), 'utf8')),
  );
  for (const { path, statementMap, branchMap, s, b } of counters) {
    for (const counts of [{ s, b }, ...processes.map((counts) => counts[path] ?? { s: {}, b: {} })]) {
      for (const [id, count] of Object.entries(counts.s))
        reached.line(path, statementMap[id].start.line, count);
      for (const [id, ways] of Object.entries(counts.b))
        ways.forEach((count, way) => {
          reached.branch(path, branchMap[id].loc.start.line, `${id}:${way}`, count);
        });
    }
  }
  return reached;
}
