// The way from a commit to a package that is proven, but for the publishing, which is a dry run here.
//
//   node tools/release.mjs [--tag=vX.Y.Z]     writes release/v6only-X.Y.Z.tgz
//
// With a tag everything has to be ready for it; without, what only a release has may be missing, and is said. What
// needs other systems is proven on that very file elsewhere (.github/workflows/release.yml), which then publishes it.
// Wants `npm ci` before, and no network but the registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { checkPackage, pack } from './check-package.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const OUT = join(ROOT, 'release');

/** What a release has and this commit has not. `changelog` is the text of CHANGELOG.md. */
export function unready({ version, repository }, changelog, tag) {
  const [newest] = /(?<=^## ).*/m.exec(changelog) ?? ['nothing'];
  return [
    ...(tag === `v${version}` ? [] : [`package.json says ${version}, the tag ${tag ?? 'is not there'}`]),
    ...(newest.split(' ')[0] === version
      ? []
      : [`package.json says ${version}, CHANGELOG.md begins with ${newest}`]),
    // npm compares it with the repository that the provenance names.
    ...(repository === undefined ? ['package.json names no repository'] : []),
  ];
}

function run(program, ...args) {
  console.log(`\n> ${[program, ...args].join(' ')}`);
  execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
}

function requireReady(tag) {
  const changes = execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' });
  if (changes !== '') throw new Error(`not committed:\n${changes}`);
  const read = (file) => readFileSync(join(ROOT, file), 'utf8');
  const missing = unready(JSON.parse(read('package.json')), read('CHANGELOG.md'), tag);
  if (tag !== undefined && missing.length > 0) throw new Error(missing.join('\n'));
  for (const what of missing) console.log(`not ready for a release: ${what}`);
}

function release(tag) {
  requireReady(tag);
  run('npm', 'run', 'build:ts');
  run('node', 'tools/prebuild.mjs', '--check');
  run('node', 'tools/check-prebuilds.mjs');
  run(
    'npm',
    'ci',
    '--prefix',
    'tools/checks',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  );
  run('node', 'tools/check-workflows.mjs');
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT);
  const tarball = pack(OUT);
  if (!checkPackage(tarball)) throw new Error(`${tarball} is not as it should be`);
  run('npm', 'publish', '--dry-run', '--ignore-scripts', tarball);
  console.log(`\nproven: ${tarball}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { tag: { type: 'string' } } });
  try {
    release(values.tag);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
