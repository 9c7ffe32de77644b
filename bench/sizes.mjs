/** What a package weighs: as npm packs it, and installed with everything it needs. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { note } from './results.mjs';

const PEERS = [
  'sockopt',
  'koffi',
  'systeminformation',
  'node-netstat',
  'pid-port',
  'proxy-addr',
  'ipaddr.js',
];

const root = join(import.meta.dirname, '..');
const installed = (name) => join(import.meta.dirname, 'node_modules', name);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

function pack(folder) {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', folder];
  return JSON.parse(execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))[0];
}

function bytesIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce(
    (sum, { parentPath, path, name }) => sum + statSync(join(parentPath ?? path, name)).size,
    0,
  );
}

/** The package and what it depends on, where npm installed that. */
function closure(name, found = new Set()) {
  if (found.has(name) || !existsSync(installed(name))) return found;
  found.add(name);
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(installed(name), 'package.json'), 'utf8'),
  );
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) closure(needed, found);
  return found;
}

const verdict = (bytes, most) => `${kilobytes(most)}: ${bytes <= most ? 'reached' : 'missed'}`;

function noteOurs() {
  const { size, unpackedSize, files } = pack(root);
  const binaries = files.filter(({ path }) => path.endsWith('.node')).length;
  const text = binaries === 0 ? 'no binaries (`npm run prebuilds` makes them)' : `${binaries} binaries`;
  const packed = `${kilobytes(size)}, ${text}`;
  note('package, packed', 'v6only', packed, verdict(size, 190_000));
  for (const { path, size: bytes } of files)
    if (path.endsWith('.node')) note("v6only's binaries", path.split('/')[1], `${bytes} bytes`);
  note(
    'installed, with what it needs',
    'v6only',
    `${kilobytes(unpackedSize)}`,
    verdict(unpackedSize, 600_000),
  );
}

function weigh(name) {
  if (!existsSync(installed(name))) return { name, packed: 'not installed', complete: 'not installed' };
  const packages = [...closure(name)];
  const bytes = packages.reduce((sum, each) => sum + bytesIn(installed(each)), 0);
  const packed = kilobytes(pack(installed(name)).size);
  return { name, packed, complete: `${kilobytes(bytes)}, packages: ${packages.length}` };
}

export function benchSizes() {
  noteOurs();
  const weights = PEERS.map(weigh);
  for (const { name, packed } of weights) note('package, packed', name, packed);
  for (const { name, complete } of weights) note('installed, with what it needs', name, complete);
}
