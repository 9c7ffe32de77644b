/**
 * Runs the tests that use the addon most under AddressSanitizer and UndefinedBehaviorSanitizer, and the addon under valgrind.
 * `npm run sanitize` does both, `npm run sanitize -- asan` or `valgrind` one; for asan, names of test files may follow.
 *
 * Only findings in the addon count; those in Node are ignored.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyWithAddon, runTests } from './instrumented.mjs';

const SANITIZERS = ['-fsanitize=address,undefined,bounds-strict', '-fno-sanitize-recover=all'];
const TESTS = [
  ...['test/kernel/addon.test.ts', 'test/kernel/addon-handles.test.ts', 'test/kernel/addon-lifetime.test.ts'],
  ...['test/kernel/descriptors.test.ts', 'test/socket/describe.test.ts'],
  ...['test/cli/ls.test.ts', 'test/machine/list-sockets.test.ts', 'test/netns/machines.test.ts'],
];

const library = (name) => execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

/** Every process writes its findings to its own file, including the tests' child processes. */
function asan(folder, tests) {
  copyWithAddon(folder, ['-O1', ...SANITIZERS]);
  const log = `log_path=${join(folder, 'report')}`;
  const env = {
    LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
    // Node leaks much when it exits; the fuzzers and valgrind check for leaks.
    ASAN_OPTIONS: `detect_leaks=0:${log}`,
    UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
  };
  const passed = runTests(folder, ['--testTimeout=120000', ...tests], env);
  const reports = readdirSync(folder).filter((name) => name.startsWith('report'));
  for (const name of reports) console.error(readFileSync(join(folder, name), 'utf8'));
  return passed && reports.length === 0;
}

/** The kind of error, and where in the addon. */
function summary(error, folder) {
  const text = (within, name) => within.match(new RegExp(`<${name}>(.*?)</${name}>`, 's'))?.[1];
  const frames = (error.match(/<frame>.*?<\/frame>/gs) ?? []).filter((frame) => frame.includes(folder));
  const places = frames.map(
    (frame) => `  ${text(frame, 'fn')} (${text(frame, 'file')}:${text(frame, 'line')})`,
  );
  return [`${text(error, 'kind')}: ${text(error, 'what') ?? text(error, 'text')}`, ...places].join('\n');
}

/** The errors and leaks that have the addon in one of their stacks. */
function valgrind(folder) {
  copyWithAddon(folder, ['-O1']);
  const xml = join(folder, 'valgrind.xml');
  const options = [
    '--leak-check=full',
    '--show-leak-kinds=definite',
    '--num-callers=40',
    '--xml=yes',
    `--xml-file=${xml}`,
  ];
  const program = join(folder, 'test/native/every-function.cjs');
  const args = ['-q', ...options, process.execPath, '--jitless', program];
  const { status, error } = spawnSync('valgrind', args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw new Error('no valgrind: on Debian, apt-get install valgrind');
  const errors = readFileSync(xml, 'utf8').match(/<error>.*?<\/error>/gs) ?? [];
  const ours = errors.filter((one) => one.includes(folder));
  console.log(`valgrind: exit ${status}, ${errors.length} errors, of which the addon's ${ours.length}`);
  for (const one of ours) console.error(summary(one, folder));
  return status === 0 && ours.length === 0;
}

const CHECKS = { asan, valgrind };
const [asked, ...tests] = process.argv.slice(2);
const names = asked === undefined ? Object.keys(CHECKS) : [asked];
for (const name of names) {
  if (CHECKS[name] === undefined) throw new Error(`${Object.keys(CHECKS).join(' or ')}, not ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'v6only-sanitize-'));
  try {
    if (!CHECKS[name](folder, tests.length > 0 ? tests : TESTS)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
