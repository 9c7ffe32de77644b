// Checks every file that prebuild.mjs built, without running it: one line each, exit status 1 on a violation.
//
//   node tools/check-prebuilds.mjs [folder]      default: prebuilds
//
// What may stay undefined and what may be exported is in allowed-symbols.json.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readBinary } from './binary.mjs';
import { systems, targets } from './targets.mjs';

const allowed = JSON.parse(readFileSync(join(import.meta.dirname, 'allowed-symbols.json'), 'utf8'));

const without = (list, known) => list.filter((item) => !known.includes(item));

/** Every way in which a file differs from its target, as `what: found`. */
function violations(binary, bytes, target) {
  const system = systems[target.system];
  const maxBytes = target.maxBytes ?? system.maxBytes;
  const exactly = (what, found, wanted) => (found === wanted ? [] : [`${what}: ${found}, not ${wanted}`]);
  const nothing = (what, list) => (list.length === 0 ? [] : [`${what}: ${list.join(', ')}`]);
  return [
    ...exactly('format', binary.format, system.format),
    ...exactly('machine', binary.machine, target.machine),
    ...exactly('flags', binary.flags, target.flags),
    ...(binary.page >= target.page ? [] : [`page: ${binary.page}, at least ${target.page}`]),
    ...(target.signed && !binary.signed ? ['not signed'] : []),
    ...exactly('libraries', binary.libraries.join(), system.libraries.join()),
    ...exactly('minimum version', binary.versions.join(), system.minimum),
    ...nothing('imports', without(binary.imports, [...allowed.nodeApi, ...allowed.imports[target.system]])),
    ...nothing('weak imports', without(binary.weak, allowed.weak)),
    ...nothing('exports', without(binary.exports, [...allowed.entry, ...allowed.exports[target.system]])),
    ...nothing('not exported', without(allowed.entry, binary.exports)),
    ...(bytes.length <= maxBytes ? [] : [`size: ${bytes.length}, at most ${maxBytes}`]),
    ...binary.faults,
  ];
}

function checkFile(file, target) {
  try {
    const bytes = readFileSync(file);
    const binary = readBinary(bytes);
    const summary = [
      `${binary.format} ${binary.machine}`,
      `${bytes.length} bytes`,
      `needs ${binary.libraries.join() || 'no library'}${binary.versions.map((version) => ` ${version}`)}`,
      `${binary.imports.length} imports`,
    ];
    return { summary: summary.join('; '), found: violations(binary, bytes, target) };
  } catch (error) {
    return { summary: 'unreadable', found: [error.message] };
  }
}

function main(folder) {
  const present = readdirSync(folder).flatMap((name) =>
    readdirSync(join(folder, name)).map((file) => join(name, file)),
  );
  const strangers = without(
    present,
    targets.map(({ name, file }) => join(name, file)),
  );
  const results = targets.map((target) => {
    const path = join(target.name, target.file);
    return { path, ...checkFile(join(folder, path), target) };
  });
  results.push(...strangers.map((path) => ({ path, summary: 'unknown', found: ['of no target'] })));
  for (const { path, summary, found } of results) {
    console.log([`${found.length === 0 ? 'ok' : 'NOT OK'} ${path}: ${summary}`, ...found].join('; '));
  }
  return results.every(({ found }) => found.length === 0);
}

if (!main(resolve(process.argv[2] ?? join(import.meta.dirname, '../prebuilds')))) process.exitCode = 1;
