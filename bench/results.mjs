/** What the benchmarks found, and the one table that comes of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { median } from './rounds.mjs';

const FILE = join(import.meta.dirname, 'RESULTS.md');
const COLUMNS = ['measured', 'who', 'median', 'ratio', 'spread', 'of minima', 'goal'];
const rows = [];

function begin(title) {
  if (rows.at(-1)?.[0] !== title) console.log(title);
}

/** Each contender's median and its ratio to the first, round by round. */
export function report(title, unit, costs, goals = {}) {
  begin(title);
  const [base] = Object.values(costs);
  for (const [name, own] of Object.entries(costs)) {
    const ratios = own.map((cost, round) => cost / base[round]);
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    const ofMinima = Math.min(...own) / Math.min(...base);
    const goal = goals[name];
    const verdict = median(ratios) <= goal ? 'reached' : 'missed';
    rows.push([
      title,
      name,
      `${format(median(own))} ${unit}`,
      median(ratios).toFixed(2),
      own === base ? '' : `${low.toFixed(2)} to ${high.toFixed(2)}`,
      own === base ? '' : ofMinima.toFixed(2),
      goal === undefined ? '' : `${goal}: ${verdict}`,
    ]);
  }
}

/** A figure that is no ratio, or why there is none. */
export function note(title, name, text, verdict = '') {
  begin(title);
  rows.push([title, name, text, '', '', '', verdict]);
}

/** The contenders that work here; of each other one the table says why not. */
export async function working(title, makers) {
  const runs = {};
  for (const [name, make] of Object.entries(makers)) {
    try {
      const run = await make();
      await run();
      runs[name] = run;
    } catch (error) {
      note(title, name, `not here: ${error.message.split('\n')[0].replaceAll('|', '/')}`);
    }
  }
  return runs;
}

function format(number) {
  return number.toFixed(number < 100 ? 2 : 0);
}

function table() {
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => `| ${line.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`)
    .join('\n');
}

/** The first line that a program says of itself. */
function versionOf(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0];
  } catch {
    return `no ${program}`;
  }
}

function machine() {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'));
  const packages = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${new Date().toISOString().slice(0, 10)}`,
    `- ${cpus()[0]?.model ?? process.arch}, ${cpus().length} cores, ${process.platform} ${release()} ${process.arch}`,
    `- Node ${process.version}; ${versionOf('cc', ['--version'])}; ${versionOf('ss', ['-V'])}; ${versionOf('netstat', ['--version'])}`,
    `- ${packages.join(', ')}`,
  ].join('\n');
}

const INTRODUCTION = `# What \`npm run bench\` measured

Contenders take turns, round after round, in one run. A ratio is to the first row of its group, the median over the
rounds with the lowest and the highest; the ratio of minima is what is left where other programs disturb least.
`;

const WHERE = `## Where the time goes

- A listen is checked: the option of each socket is read back, a system call for each, and another one where it is 0 (an
  AF_INET socket of MPTCP would answer 0 too). The rows "the same, and …" are the limit. \`listen()\` also keeps where it was
  called, for errors that come later: about 2 µs.
- A stock server's listen: subscribers to Node's channel that do nothing take 2 to 7 % of it, the text of the package in memory
  as much again.
- Loading is V8 reading the text of the package, some 97 kB. Node 22 and later can keep what it makes of it
  (\`module.enableCompileCache()\`), which is the program's to decide.
- The event loop waits for V8's garbage collector while \`listSockets\` makes many thousand rows, all of which stay; the package
  itself lets go of it every 3 ms.
`;

/** Writes and prints it. */
export function writeResults() {
  writeFileSync(FILE, `${INTRODUCTION}\n${machine()}\n\n${table()}\n\n${WHERE}`);
  console.log(`\n${machine()}\n\n${table()}\n\n${FILE}`);
}
