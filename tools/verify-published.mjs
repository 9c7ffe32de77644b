// Compares a published package with this commit: rebuilds every addon and every file of dist/, and compares them byte
// by byte; exit status 1 if one differs. Anyone can do this, in a clone at the tag of that version.
//
//   node tools/verify-published.mjs VERSION|TARBALL
//
// Needs `npm ci` first, and no network but the registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(import.meta.dirname, '..');

/** The files that differ between two folders, each with the reason. */
export function differences(published, built) {
  const theirs = filesOf(published);
  const ours = filesOf(built);
  const both = theirs.filter((file) => ours.includes(file));
  const same = (file) => readFileSync(join(published, file)).equals(readFileSync(join(built, file)));
  return [
    ...both.filter((file) => !same(file)).map((file) => `differs: ${file}`),
    ...theirs.filter((file) => !ours.includes(file)).map((file) => `published only: ${file}`),
    ...ours.filter((file) => !theirs.includes(file)).map((file) => `built only: ${file}`),
  ];
}

function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

function fetchTarball(named, work) {
  if (named.endsWith('.tgz')) return resolve(named);
  const options = ['--json', '--pack-destination', work];
  const packed = JSON.parse(
    execFileSync('npm', ['pack', `v6only@${named}`, ...options], { encoding: 'utf8' }),
  );
  return join(work, packed[0].filename);
}

function verify(named, work) {
  execFileSync('tar', ['-xzf', fetchTarball(named, work), '-C', work]);
  const built = join(work, 'built');
  mkdirSync(built);
  const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  run('node', 'tools/prebuild.mjs', '--fresh', `--to=${built}`);
  run('npm', 'run', '--silent', 'build:ts');
  const found = [
    ...differences(join(work, 'package/prebuilds'), built).map((what) => `prebuilds: ${what}`),
    ...differences(join(work, 'package/dist'), join(ROOT, 'dist')).map((what) => `dist: ${what}`),
  ];
  for (const what of found) console.error(`NOT OK ${what}`);
  if (found.length === 0) console.log(`${named}: every addon and every file of dist/ is as built here`);
  return found.length === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [named] = process.argv.slice(2);
  if (named === undefined) throw new TypeError('expected a version or a tarball');
  const work = mkdtempSync(join(tmpdir(), 'v6only-published-'));
  try {
    if (!verify(named, work)) process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true });
  }
}
