/** The documented way for a platform without a prebuilt file: a clone, and `npm ci`. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { json, repositoryRoot, run } from '../harness/node-child';

const INSTALL = 600_000;

it(
  'npm ci in a clone without prebuilt files builds a package that works',
  async () => {
    const clone = realpathSync(mkdtempSync(join(tmpdir(), 'v6only-source-')));
    onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: repositoryRoot, encoding: 'utf8' });
    for (const name of listed.split('\0').filter(Boolean)) {
      if (existsSync(join(repositoryRoot, name))) cpSync(join(repositoryRoot, name), join(clone, name));
    }
    const args = ['ci', '--prefer-offline', '--no-audit', '--no-fund'];
    const installed = await run('npm', args, { cwd: clone, timeoutMs: INSTALL });
    expect(installed.status, installed.stderr).toBe(0);
    expect(existsSync(join(clone, 'prebuilds'))).toBe(false);
    const script = `
      const { getV6Only, setV6Only } = require(${JSON.stringify(clone)});
      const server = setV6Only(require('node:net').createServer()).listen(0, '::1', () => {
        const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
        console.log(JSON.stringify([getV6Only(server), /\\S+\\.node$/m.exec(maps)[0]]));
        server.close();
      });`;
    const seen = json(await run(process.execPath, ['-e', script]));
    expect(seen).toEqual([true, join(clone, 'build/Release/v6only.node')]);
  },
  INSTALL,
);
