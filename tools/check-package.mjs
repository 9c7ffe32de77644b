// Packs the package and checks what a user would get, without running it; exit status 1 on a violation.
//
//   node tools/check-package.mjs [tarball]      packs one if none is named
//
// What is checked: the list of files, the sizes, the hashes of the addons (tools/prebuilds.sha256), that nothing runs
// at installation, and what publint and arethetypeswrong say. These come with the lock file in tools/checks.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { targets } from './targets.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const MOST_PACKED = 180_000;
const MOST_INSTALLED = 600_000;
const PROGRAMS = ['base-system', 'bin', 'bind-pair', 'core', 'index', 'register'];
const AT_INSTALLATION = ['preinstall', 'install', 'postinstall'];

/** Files of the package and nothing else; of the types it is enough that there are some, for the tools look at them. */
const EXPECTED = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
  ...PROGRAMS.map((name) => `dist/${name}.js`),
  ...targets.map(({ name, file }) => `prebuilds/${name}/${file}`),
];
const isType = (file) => /^dist\/([\w-]+\/)?[\w-]+\.d\.ts$/.test(file);

export function wrongFiles(files) {
  return [
    ...EXPECTED.filter((file) => !files.includes(file)).map((file) => `missing: ${file}`),
    ...files
      .filter((file) => !EXPECTED.includes(file) && !isType(file))
      .map((file) => `not expected: ${file}`),
  ];
}

export function wrongManifest({ scripts = {}, gypfile, dependencies = {} }) {
  return [
    ...AT_INSTALLATION.filter((name) => name in scripts).map(
      (name) => `a script runs at installation: ${name}`,
    ),
    // With a binding.gyp npm would otherwise compile by itself.
    ...(gypfile === false ? [] : ['gypfile is not false']),
    ...Object.entries(dependencies)
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
      .map(([name, version]) => `no exact version: ${name} ${version}`),
  ];
}

/** `recorded` is the text of tools/prebuilds.sha256. */
function wrongHashes(folder, recorded) {
  return targets
    .map(({ name, file }) => `prebuilds/${name}/${file}`)
    .filter((file) => {
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      return !recorded.includes(`${hash}  ${file}`);
    })
    .map((file) => `not as recorded in tools/prebuilds.sha256: ${file}`);
}

function tooLarge(what, size, most) {
  console.log(`${what}: ${size} bytes, at most ${most}`);
  return size <= most ? [] : [`${what}: ${size} bytes`];
}

/** One of the tools of tools/checks; what it says is for people to read. */
function complaints(name, ...args) {
  const program = join(ROOT, 'tools/checks/node_modules/.bin', name);
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) throw new Error(`npm ci --prefix tools/checks; then again (${error.message})`);
  return status === 0 ? [] : [`${name} complains`];
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Everything that is wrong with a tarball. */
function violations(tarball, work) {
  execFileSync('tar', ['-xzf', tarball, '-C', work]);
  const folder = join(work, 'package');
  const files = filesOf(folder);
  const installed = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const wrong = wrongFiles(files);
  return [
    ...wrong,
    ...tooLarge('packed', statSync(tarball).size, MOST_PACKED),
    ...tooLarge('installed', installed, MOST_INSTALLED),
    ...wrongManifest(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))),
    ...(wrong.length > 0
      ? []
      : wrongHashes(folder, readFileSync(join(ROOT, 'tools/prebuilds.sha256'), 'utf8'))),
    ...complaints('publint', 'run', tarball, '--strict'),
    // node10 knows no `exports`, and so no v6only/register; it is what TypeScript did before Node 12.
    ...complaints('attw', tarball, '--profile', 'node16', '--no-emoji', '--no-color'),
  ];
}

/** Packs what has been built, and returns the path. */
export function pack(to) {
  const options = ['--ignore-scripts', '--json', '--pack-destination', to];
  const packed = JSON.parse(execFileSync('npm', ['pack', ...options], { cwd: ROOT, encoding: 'utf8' }));
  return join(to, packed[0].filename);
}

/** Prints what is wrong with a tarball, and returns whether nothing is. */
export function checkPackage(named) {
  const work = mkdtempSync(join(tmpdir(), 'v6only-package-'));
  try {
    const found = violations(named ?? pack(work), work);
    for (const violation of found) console.error(`NOT OK ${violation}`);
    return found.length === 0;
  } finally {
    rmSync(work, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && !checkPackage(process.argv[2]))
  process.exitCode = 1;
