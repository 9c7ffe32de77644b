// Which of Node's tests are run, and how one of them is.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ABOUT_SOCKETS = /^test-(?:net|dgram|cluster|http|https|http2|tls)-.*\.m?js$/;
/** Without the package and other load, the longest takes 15 s. */
const TIMEOUT_MS = 60_000;

/** Names such as `parallel/test-net-bytes-read.js`. */
export function listTests(source, pattern) {
  return ['parallel', 'sequential'].flatMap((folder) =>
    readdirSync(join(source, 'test', folder))
      .filter((name) => ABOUT_SOCKETS.test(name))
      .map((name) => `${folder}/${name}`)
      .filter((name) => pattern.test(name))
      .sort(),
  );
}

/** What `// Flags:` and `// Env:` say, as Node's own tools/test.py reads them. */
function headerOf(file) {
  const text = readFileSync(file, 'utf8');
  const words = (name) => new RegExp(`//\\s+${name}:(.*)`).exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return { flags: words('Flags'), env: Object.fromEntries(words('Env').map((word) => word.split('='))) };
}

/** Groups of processes that run; whoever stops the suite stops them. */
const groups = new Set();
process.on('exit', () => groups.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

let runs = 0;

/** How a test ends: passed, skipped, failed, timeout or a signal, and all that it said. */
export async function runTest({ node, source }, { enter }, world, name) {
  const file = join(source, 'test', name);
  const { flags, env } = headerOf(file);
  const id = String(++runs);
  const folder = join(tmpdir(), `v6only-node-${process.pid}-${id}`);
  mkdirSync(folder);
  try {
    const told = { TEST_THREAD_ID: id, TEST_SERIAL_ID: id, NODE_TEST_DIR: folder };
    const environment = { PATH: process.env.PATH, HOME: folder, ...told, ...world.env, ...env };
    const [program = '', ...args] = [...enter(source), node, ...flags, file];
    return await ended(spawn(program, args, { cwd: source, env: environment, detached: true }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ended(child) {
  let output = '';
  let outcome = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      if (output.length < 100_000) output += text;
    });
  }
  child.stdin.end();
  groups.add(child.pid);
  const late = setTimeout(() => {
    outcome = 'timeout';
    killGroup(child.pid);
  }, TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (status, signal) => {
      clearTimeout(late);
      groups.delete(child.pid);
      killGroup(child.pid); // what a failed test leaves running keeps the pipes open
      if (outcome === '') outcome = outcomeOf(status, signal, output);
    });
    child.on('close', () => resolve({ outcome, output }));
  });
}

function outcomeOf(status, signal, output) {
  if (signal !== null) return signal;
  if (status !== 0) return 'failed';
  // As common.skip() in Node's test/common says it.
  return /^1\.\.0 # Skipped/m.test(output) ? 'skipped' : 'passed';
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
