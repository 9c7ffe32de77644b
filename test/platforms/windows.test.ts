/**
 * The installed tarball in Node for Windows: here under Wine, whose network is Linux', and on Windows itself where the
 * folder that V6ONLY_PROJECT names has it installed.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { json, repositoryRoot, run } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { type Report, WINDOWS } from './expected';

const INSTALL = 600_000;
const RUN = 600_000;
const onWindows = process.platform === 'win32';
const fixtures = join(__dirname, 'fixtures');

/** A script of tools/wine.mjs, or why there is none here. */
function find(line: string): { program: string; reason: string | null } {
  const tool = join(repositoryRoot, 'tools/wine.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, line], {
    encoding: 'utf8',
    timeout: INSTALL,
  });
  return { program: stdout.trim(), reason: noNamespaces ?? (status === 0 ? null : stderr.trim()) };
}

describe.skipIf(onWindows)('the installed package, under Wine, never on Windows', () => {
  let project = '';

  beforeAll(async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'v6only-windows-')));
    project = join(folder, 'project');
    const tool = join(repositoryRoot, 'tools/install-package.mjs');
    const installed = await run(process.execPath, [tool, project], { timeoutMs: INSTALL });
    expect(installed.status, installed.stderr).toBe(0);
    cpSync(fixtures, project, { recursive: true });
  }, INSTALL);

  afterAll(() => rmSync(join(project, '..'), { recursive: true, force: true }));

  for (const line of onWindows ? [] : ['20', '22', '24', '26']) {
    const { program, reason } = find(line);
    const title = `Node ${line} for Windows`;
    it.skipIf(reason !== null)(withReason(title, reason), { concurrent: true, timeout: RUN }, async () => {
      const [command = '', ...args] = inNamespace([LO_UP], [program, 'contract.cjs']);
      expect(json<Report>(await run(command, args, { cwd: project, timeoutMs: RUN }))).toEqual(WINDOWS);
    });
  }
});

const installedIn = process.env['V6ONLY_PROJECT'];
const elsewhere =
  onWindows && installedIn !== undefined ? null : 'this is for Windows, where V6ONLY_PROJECT is';
it.skipIf(elsewhere !== null)(
  withReason('the installed package, on Windows', elsewhere),
  { timeout: RUN },
  async () => {
    const project = installedIn ?? '';
    cpSync(fixtures, project, { recursive: true });
    const ended = await run(process.execPath, ['contract.cjs'], { cwd: project, timeoutMs: RUN });
    expect(json<Report>(ended)).toEqual(WINDOWS);
  },
);
