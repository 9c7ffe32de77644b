// Node's own tests, from Debian's source packages, and the Node that they are run on, from npm. Both are kept in
// node_modules/.cache/v6only-node-suite.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debianMirror } from '../debian.mjs';

export const CACHE = join(import.meta.dirname, '../../node_modules/.cache/v6only-node-suite');

/** As dists/…/main/source/Sources.xz has them: of trixie, sid and forky. */
const SOURCES = {
  '20.19.2': {
    file: 'nodejs_20.19.2+dfsg.orig.tar.xz',
    sha256: '5e5559381ad031d245a8efa403458abbb73755f74c3e6380f185a4dd342b7949',
  },
  '22.22.2': {
    file: 'nodejs_22.22.2+dfsg+~cs22.19.15.orig.tar.xz',
    sha256: 'f1a6dfca7ffe7f9f42942274adf9f0a12733977a4744a53f41b20836907c449b',
  },
  '24.21.0': {
    file: 'nodejs_24.21.0+dfsg+~cs24.13.4.orig.tar.xz',
    sha256: 'e6e0d1a00dfc9e31ab2b074fd99979a48be17c18e8e3edc14306736069bb8f54',
  },
};

/** Which tests a line of Node runs, and the exact Node. Debian has no source of Node 26: it runs the tests of 24. */
export const LINES = {
  20: { tests: '20.19.2', node: '20.19.2' },
  22: { tests: '22.22.2', node: '22.22.2' },
  24: { tests: '24.21.0', node: '24.21.0' },
  26: { tests: '24.21.0', node: '26.10.0' },
};

async function download({ file, sha256 }) {
  const url = `${debianMirror()}/pool/main/n/nodejs/${file}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${url}: SHA-256 is ${found}, expected ${sha256}`);
  return bytes;
}

/** Returns the folder that has Node's `test` in it. */
async function sourceOf(version) {
  const folder = join(CACHE, `tests-${version}`);
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  const archive = `${made}.tar.xz`;
  mkdirSync(made, { recursive: true });
  try {
    writeFileSync(archive, await download(SOURCES[version]));
    const where = ['--directory', made, '--strip-components=1'];
    execFileSync('tar', ['--extract', '--xz', '--file', archive, ...where, `node-v${version}/test`]);
    renameSync(made, folder);
  } finally {
    rmSync(archive, { force: true });
    rmSync(made, { force: true, recursive: true });
  }
  return folder;
}

/** Returns the program. */
function installNode(version) {
  const folder = join(CACHE, `node-${version}`);
  const program = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const spec = `node@npm:node-${process.platform}-${process.arch}@${version}`;
  execFileSync('npm', ['install', '--prefix', folder, ...options, spec], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Where Node's build leaves the command that some tests run; they say that they are skipped without it.
  const openssl = execFileSync('sh', ['-c', 'command -v openssl || true'], { encoding: 'utf8' }).trim();
  if (openssl !== '') symlinkSync(openssl, join(dirname(program), 'openssl-cli'));
  return program;
}

/** What a line's tests need, after a first time from the cache. */
export async function prepareLine(line) {
  const { tests, node } = LINES[line];
  return { line, tests, version: node, node: installNode(node), source: await sourceOf(tests) };
}
