/** The prebuilt files for every system: made here, and read without running them. */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(__dirname, '..', '..');
const PREBUILDS = join(ROOT, 'prebuilds');
const FILES = [
  'linux-x64/v6only.node',
  'linux-arm64/v6only.node',
  'linux-arm/v6only.node',
  'linux-riscv64/v6only.node',
  'linux-s390x/v6only.node',
  'linux-ppc64/v6only.node',
  'darwin-x64/v6only.node',
  'darwin-arm64/v6only.node',
  'freebsd-x64/v6only.node',
  'freebsd-arm64/v6only.node',
  'win32-x64/v6only.node',
  'win32-arm64/v6only.node',
  'netbsd-x64/v6only.node',
  'netbsd-arm64/v6only.node',
  'openbsd-x64/v6only.node',
];
// The first run downloads the compiler; the first use of a target compiles what comes with the compiler.
const DOWNLOAD = 600_000;
const COMPILE = 180_000;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(program: string, ...args: string[]): Promise<Outcome> {
  const ended = promisify(execFile)(program, args, { cwd: ROOT });
  return ended.then(
    (output) => ({ code: 0, ...output }),
    (error: Outcome) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

const prebuild = (...args: string[]) => run(process.execPath, join(ROOT, 'tools/prebuild.mjs'), ...args);
const check = (folder: string) => run(process.execPath, join(ROOT, 'tools/check-prebuilds.mjs'), folder);

const folders: string[] = [];

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-cross-'));
  folders.push(folder);
  return folder;
}

/** A copy of the sources for `prebuild --from`. */
function copyOfSources(): string {
  const folder = temporary();
  cpSync(join(ROOT, 'binding.gyp'), join(folder, 'binding.gyp'));
  cpSync(join(ROOT, 'native'), join(folder, 'native'), { recursive: true });
  return folder;
}

const buildCopy = (from: string, ...more: string[]) =>
  prebuild(`--from=${from}`, `--to=${join(from, 'prebuilds')}`, ...more);

beforeAll(async () => {
  const built = await prebuild('--check');
  expect(built.stderr).toBe('');
  expect(built.stdout.match(/(?<=prebuilds\/).*/g)).toEqual(FILES);
}, DOWNLOAD);

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('what is built', () => {
  it('is in order, file by file', async () => {
    const { code, stdout } = await check(PREBUILDS);
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
    expect(lines.map((line) => line.split(/[ :]/)[1])).toEqual(FILES);
    expect(code).toBe(0);
  });

  it(
    'is the same from sources in another folder',
    async () => {
      const targets = ['linux-x64', 'darwin-arm64', 'freebsd-x64', 'win32-x64'];
      const { code, stderr } = await buildCopy(copyOfSources(), '--fresh', '--check', ...targets);
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
    COMPILE,
  );

  it('may use only functions of Node-API version 8', async () => {
    const header = join(dirname(dirname(process.execPath)), 'include/node/node_api.h');
    const { stdout } = await run('c++', '-E', '-x', 'c++', '-DNAPI_VERSION=8', header);
    const declared = new Set(stdout.match(/\bnapi_\w+(?=\()/g));
    const allowed = JSON.parse(readFileSync(join(ROOT, 'tools/allowed-symbols.json'), 'utf8'));
    expect(allowed.nodeApi.filter((name: string) => !declared.has(name))).toEqual([]);
    expect(declared).toContain('napi_object_freeze'); // of version 8
    expect(declared).not.toContain('node_api_symbol_for'); // of version 9
  });
});

describe('the compiler refuses', () => {
  it.each(['linux-s390x', 'darwin-arm64', 'freebsd-x64'])(
    '%s with a warning',
    async (target) => {
      const from = copyOfSources();
      appendFileSync(join(from, 'native/addon.cc'), 'static int unused() { return 1; }\n');
      const { code, stderr } = await buildCopy(from, target);
      expect(stderr).toContain('[-Werror,-Wunused-function]');
      expect(code).toBe(1);
    },
    COMPILE,
  );
});

describe('the check refuses', () => {
  /** What is said of one file after `spoil` changed a copy of prebuilds/. */
  async function said(file: string, spoil: (folder: string) => void): Promise<string> {
    const folder = temporary();
    cpSync(PREBUILDS, folder, { recursive: true });
    spoil(folder);
    const { code, stdout } = await check(folder);
    expect(code).toBe(1);
    return stdout.split('\n').find((line) => line.startsWith(`NOT OK ${file}`)) ?? '';
  }

  const replace = (file: string, other: string) => (folder: string) =>
    cpSync(other.startsWith('/') ? other : join(folder, other), join(folder, file), { dereference: true });

  it('a file for another processor', async () => {
    const line = await said(
      'linux-arm64/v6only.node',
      replace('linux-arm64/v6only.node', 'linux-x64/v6only.node'),
    );
    expect(line).toContain('machine: x86-64, 64 little, not arm64, 64 little');
    expect(line).toContain('page: 4096, at least 65536');
  });

  it('a file for another system', async () => {
    const line = await said(
      'linux-x64/v6only.node',
      replace('linux-x64/v6only.node', 'freebsd-x64/v6only.node'),
    );
    expect(line).toContain('libraries: libc.so.7, not ;');
    expect(line).toContain('minimum version: FBSD_1.0, not ;');
    expect(line).toMatch(/imports: .*__error/);
  });

  it('a library that is no addon, too large, with libraries of its own', async () => {
    const library = execFileSync('g++', ['-print-file-name=libstdc++.so.6'], { encoding: 'utf8' }).trim();
    const line = await said('linux-x64/v6only.node', replace('linux-x64/v6only.node', library));
    expect(line).toMatch(/libraries: .*libc\.so\.6/);
    expect(line).toMatch(/minimum version: .*GLIBC_2/);
    expect(line).toMatch(/size: \d+, at most 20000/);
  });

  it.each(['linux-x64', 'darwin-arm64', 'freebsd-x64'])(
    'a file for %s that cannot do without libuv',
    async (target) => {
      const from = copyOfSources();
      const path = join(from, 'native/libuv_posix.cc');
      writeFileSync(path, readFileSync(path, 'utf8').replace('#pragma weak uv_walk\n', ''));
      expect((await buildCopy(from, target)).stderr).toBe('');
      const file = `${target}/v6only.node`;
      expect(await said(file, replace(file, join(from, 'prebuilds', file)))).toContain('imports: uv_walk');
    },
    COMPILE,
  );

  it('a Mach-O file that asks for a newer macOS', async () => {
    const file = 'darwin-arm64/v6only.node';
    const line = await said(file, (folder) => {
      const bytes = readFileSync(join(folder, file));
      // LC_BUILD_VERSION: command 0x32 of 32 bytes, for macOS (1), 11.0.
      const at = bytes.indexOf(Buffer.from([0x32, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 11, 0]));
      bytes.writeUInt8(26, at + 14);
      writeFileSync(join(folder, file), bytes);
    });
    expect(line).toContain('minimum version: 26.0, not 11.0');
  });

  it('a PE file that imports what Windows may not have, and cannot be moved', async () => {
    const file = 'win32-x64/v6only.node';
    const line = await said(file, (folder) => {
      const bytes = readFileSync(join(folder, file));
      bytes.write('node20', bytes.indexOf('ucrtbase.dll'));
      // DllCharacteristics, in the optional header: IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE is 0x40.
      const at = bytes.readUInt32LE(0x3c) + 24 + 70;
      bytes.writeUInt16LE(bytes.readUInt16LE(at) & ~0x40, at);
      writeFileSync(join(folder, file), bytes);
    });
    expect(line).toContain('libraries: node20se.dll,WS2_32.dll');
    expect(line).toContain('not marked for a movable base');
  });

  it('a PE file with an import that is not on the list', async () => {
    const from = copyOfSources();
    const path = join(from, 'native/sysctl_none.cc');
    const broken = readFileSync(path, 'utf8').replace(
      'return UV_ENOENT',
      'return static_cast<int>(GetTickCount())',
    );
    writeFileSync(path, broken);
    expect((await buildCopy(from, 'win32-x64')).stderr).toBe('');
    const file = 'win32-x64/v6only.node';
    expect(await said(file, replace(file, join(from, 'prebuilds', file)))).toContain('imports: GetTickCount');
  });

  it('a missing file, a file of no target, a file that is no program', async () => {
    const spoil = (folder: string) => {
      renameSync(join(folder, 'linux-x64/v6only.node'), join(folder, 'linux-x64/v6only.musl.node'));
      writeFileSync(join(folder, 'darwin-x64/v6only.node'), 'not a program');
    };
    expect(await said('linux-x64/v6only.node', spoil)).toContain('ENOENT');
    expect(await said('linux-x64/v6only.musl.node', spoil)).toContain('of no target');
    expect(await said('darwin-x64/v6only.node', spoil)).toContain('neither ELF nor');
  });
});
