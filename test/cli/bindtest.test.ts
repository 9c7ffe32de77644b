/** `v6only bindtest` as people run it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BindMatrix } from '../../src/matrix/bind-outcome';
import { json, packageRoot, run, runNode } from '../harness/node-child';

const BIN = join(packageRoot, 'dist/bin.js');
const folder = mkdtempSync(join(tmpdir(), 'v6only-bindtest-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bindtest = (...args: string[]) => runNode([BIN, 'bindtest', ...args], { timeoutMs: 60_000 });

interface Answer extends BindMatrix {
  differs: Record<string, object[]>;
  html: string | null;
}

it('v6only bindtest: is a table, and writes nothing', async () => {
  const { status, stdout, stderr } = await bindtest();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^TCP, no reuse option/m);
  expect(stdout).toMatch(/^\[::\] 1 +21 +21 +xx +xx +xx +21$/m);
  expect(stdout).toMatch(/FreeBSD 14\.0, recorded: /);
  expect(stdout).not.toContain('Wrote');
  expect(stdout).not.toContain('\u001b');
});

it('v6only bindtest: --json: the matrix, and the rows that other kernels answer otherwise', async () => {
  const answer = json<Answer>(await bindtest('--json'));
  expect(Object.keys(answer)).toEqual(['platform', 'release', 'binds', 'rows', 'differs', 'html']);
  expect(Object.keys(answer.differs)).toEqual(['linux-6.18', 'freebsd-14.0']);
  expect(answer).toMatchObject({ platform: process.platform, html: null });
  expect(answer.rows).toHaveLength(216);
  for (const rows of Object.values(answer.differs)) {
    for (const row of rows) expect(answer.rows).toContainEqual(row);
  }
});

describe('v6only bindtest: --html', () => {
  it('writes the page, and says where', async () => {
    const file = join(folder, 'page.html');
    const { status, stdout } = await bindtest('--html', file);
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`Wrote ${file}`);
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(json<Answer>(await bindtest('--json', `--html=${file}`))).toMatchObject({ html: file });
  });

  it('that cannot be written is an error', async () => {
    const file = join(folder, 'no\u001bfolder', 'page.html');
    const { status, stdout, stderr } = await bindtest('--html', file);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^v6only: ENOENT: no such file or directory, open '.*no\\x1bfolder\/page.html'\n$/,
    );
  });

  it.each([
    [['--html'], '--html'],
    [['--html', ''], '--html takes a file name, found ""'],
    [['--html', '--json'], '--html'],
    [['page.html'], 'bindtest takes no argument, found "page.html"'],
    [['--port', '80'], "Unknown option '--port'"],
  ])('wrong usage: %j', async (args, says) => {
    const { status, stdout, stderr } = await bindtest(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(says);
  });
});

it('v6only bindtest: --help: exit 0', async () => {
  const { status, stdout } = await bindtest('--help');
  expect(status).toBe(0);
  expect(stdout).toContain('bindtest [--html FILE]');
});

const TERMINAL = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
it.each([
  [{}, true],
  [{ NO_COLOR: '1' }, false],
])('v6only bindtest: has colours on a terminal: %j', async (env, color) => {
  const args = ['-c', TERMINAL, process.execPath, BIN, 'bindtest'];
  const extra = { TERM: 'xterm', NO_COLOR: '', ...env };
  const ended = await run('python3', args, { env: extra, timeoutMs: 60_000 });
  expect(ended.status).toBe(0);
  expect(ended.stdout.includes('\u001b[')).toBe(color);
});
