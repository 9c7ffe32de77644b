// Builds and checks the package of a commit; publishing is only a dry run here.
//
//   node tools/release.mjs [--tag=vX.Y.Z]     writes release/v6only-X.Y.Z.tgz, and .cdx.json, its bill of materials
//   node tools/release.mjs --refuse           for prepublishOnly: whether this folder may be published as it is
//
// With a tag everything must be ready for it; without one, what only a release needs may be missing and is reported. What
// needs other systems is tested with the same file elsewhere (.github/workflows/release.yml), which then publishes it.
// Needs `npm ci` first (except for --refuse), and no network but the registry.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { checkPackage, pack } from './check-package.mjs';
import { published } from './targets.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const OUT = join(ROOT, 'release');

/** npm shows these on the package's page and compares them with the repository in the provenance. */
const PLACES = ['repository', 'homepage', 'bugs'];

/** The addresses that package.json lacks. */
export function unnamed(manifest) {
  const missing = PLACES.filter((name) => manifest[name] === undefined);
  if (missing.length === 0) return [];
  return [
    `package.json names no ${missing.join(', no ')}: see "Before the first release" in CONTRIBUTING.md`,
  ];
}

/** What this commit lacks for a release. `changelog` is the text of CHANGELOG.md. */
export function unready(manifest, changelog, tag) {
  const { version } = manifest;
  const [newest] = /(?<=^## ).*/m.exec(changelog) ?? ['nothing'];
  return [
    ...(tag === `v${version}` ? [] : [`package.json says ${version}, the tag ${tag ?? 'is not there'}`]),
    ...(newest.split(' ')[0] === version
      ? []
      : [`package.json says ${version}, CHANGELOG.md begins with ${newest}`]),
    ...unnamed(manifest),
  ];
}

/** Why this folder must not be published as it is; `exists` checks for a file. */
export function unpublishable(manifest, exists) {
  const missing = published
    .map(({ name, file }) => `prebuilds/${name}/${file}`)
    .filter((file) => !exists(file))
    .map((file) => `missing: ${file} (npm run prebuilds)`);
  return [...missing, ...unnamed(manifest)];
}

function refuse() {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const wrong = unpublishable(manifest, (file) => existsSync(join(ROOT, file)));
  if (wrong.length > 0) throw new Error(['This folder cannot be published:', ...wrong].join('\n  '));
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

/** From the lock file: the run-time dependencies, of which there are none, and the package itself. */
function writeBillOfMaterials(tarball) {
  const options = ['--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=library'];
  const bill = JSON.parse(execFileSync('npm', ['sbom', ...options], { cwd: ROOT, encoding: 'utf8' }));
  // npm names the package after its folder.
  bill.metadata.component.name = 'v6only';
  writeFileSync(tarball.replace(/\.tgz$/, '.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
}

async function release(tag) {
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
  if (!(await checkPackage(tarball))) throw new Error(`${tarball} is not as it should be`);
  writeBillOfMaterials(tarball);
  run('npm', 'publish', '--dry-run', '--ignore-scripts', tarball);
  console.log(`\nproven: ${tarball}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { tag: { type: 'string' }, refuse: { type: 'boolean' } } });
  try {
    if (values.refuse) refuse();
    else await release(values.tag);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
