// Packs the package and checks its contents, without running it; exit status 1 on a violation.
//
//   node tools/check-package.mjs [tarball]      packs one if none is named
//
// What is checked: the list of files, the sizes, the hashes of the addons (tools/prebuilds.sha256), that nothing runs
// at installation and nothing else is installed, that README's links lead to a file, that @vercel/nft finds the addon of
// every platform, and what publint and arethetypeswrong say. These come with the lock file in tools/checks.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { published } from './targets.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const MOST_PACKED = 182_000;
const MOST_INSTALLED = 540_000;
const PROGRAMS = ['address', 'base-system', 'bin', 'bind-pair', 'core', 'index', 'register'];
// npm 11 warns about `prepare` too, which it runs for packages from git alone.
const AT_INSTALLATION = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Every file of the package except documents. */
const EXPECTED = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json', 'dist/address.mjs'],
  ...['address.d.mts', 'address.d.ts', 'index.d.ts', 'register.d.ts'].map((name) => `dist/${name}`),
  ...PROGRAMS.map((name) => `dist/${name}.js`),
  ...published.map(({ name, file }) => `prebuilds/${name}/${file}`),
];
/** For documents it is enough that README's links work. */
const isDocument = (file) => /^docs\/([\w-]+\.md|pictures\/[\w-]+\.svg)$/.test(file);

export function wrongFiles(files) {
  return [
    ...EXPECTED.filter((file) => !files.includes(file)).map((file) => `missing: ${file}`),
    ...files
      .filter((file) => !EXPECTED.includes(file) && !isDocument(file))
      .map((file) => `not expected: ${file}`),
  ];
}

export function wrongManifest({ scripts = {}, gypfile, ...manifest }) {
  const needed = ['dependencies', 'optionalDependencies', 'peerDependencies'];
  return [
    ...AT_INSTALLATION.filter((name) => name in scripts).map(
      (name) => `a script runs at installation: ${name}`,
    ),
    // With a binding.gyp npm would otherwise compile by itself.
    ...(gypfile === false ? [] : ['gypfile is not false']),
    ...needed
      .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
      .map((name) => `needed at run time: ${name}`),
  ];
}

/**
 * `text` is a document in the package's folder, `files` are the package's files. Links after "In the repository:" work on
 * npm's page and on GitHub, but not in an installed package.
 */
export function deadLinks(text, files) {
  const offline = text.replace(/In the repository:.*?(?=\n\n|$)/s, '');
  const linked = [...offline.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, path]) => path);
  return [...new Set(linked)]
    .filter((path) => !files.includes(path))
    .map((path) => `README.md links to a file that is not in the package: ${path}`);
}

/** A program deployed by tracing its files must have the addon of the machine that it is deployed to. */
async function untraced(folder) {
  // Installed by check:package, so it is not there for every tool that looks at this file.
  const nft = join(ROOT, 'tools/checks/node_modules/@vercel/nft/out/index.js');
  const { nodeFileTrace } = await import(nft);
  const { fileList } = await nodeFileTrace([join(folder, 'dist/index.js')], { base: folder });
  return published
    .map(({ name, file }) => join('prebuilds', name, file))
    .filter((file) => !fileList.has(file))
    .map((file) => `@vercel/nft does not find ${file}`);
}

/** `recorded` is the text of tools/prebuilds.sha256. */
function wrongHashes(folder, recorded) {
  return published
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

/** Runs one of the tools of tools/checks; its output is for people. */
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
async function violations(tarball, work) {
  execFileSync('tar', ['-xzf', tarball, '-C', work]);
  const folder = join(work, 'package');
  const read = (file) => readFileSync(join(folder, file), 'utf8');
  const files = filesOf(folder);
  const installed = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const wrong = wrongFiles(files);
  return [
    ...wrong,
    ...tooLarge('packed', statSync(tarball).size, MOST_PACKED),
    ...tooLarge('installed', installed, MOST_INSTALLED),
    ...wrongManifest(JSON.parse(read('package.json'))),
    ...deadLinks(read('README.md'), files),
    ...(wrong.length > 0
      ? []
      : wrongHashes(folder, readFileSync(join(ROOT, 'tools/prebuilds.sha256'), 'utf8'))),
    ...(await untraced(folder)),
    ...complaints('publint', 'run', tarball, '--strict'),
    // node10 knows no `exports`, and so no v6only/register; it is what TypeScript did before Node 12.
    ...complaints('attw', tarball, '--profile', 'node16', '--no-emoji', '--no-color'),
  ];
}

/** Packs the built files and returns the path. */
export function pack(to) {
  const options = ['--ignore-scripts', '--json', '--pack-destination', to];
  const packed = JSON.parse(execFileSync('npm', ['pack', ...options], { cwd: ROOT, encoding: 'utf8' }));
  return join(to, packed[0].filename);
}

/** Prints what is wrong with a tarball, and returns whether it is fine. */
export async function checkPackage(named) {
  const work = mkdtempSync(join(tmpdir(), 'v6only-package-'));
  try {
    const found = await violations(named ?? pack(work), work);
    for (const violation of found) console.error(`NOT OK ${violation}`);
    return found.length === 0;
  } finally {
    rmSync(work, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && !(await checkPackage(process.argv[2])))
  process.exitCode = 1;
