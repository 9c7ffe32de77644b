/** Lists on FreeBSD and macOS, with the programs' recorded output in place of the programs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listSockets } from '../../src/machine/list-sockets';

interface Call {
  program: string;
  args: readonly string[];
  options: { env?: object; shell?: unknown };
}
type Done = (error: Error | null, stdout: string) => void;

const fake = vi.hoisted(() => ({ calls: [] as Call[], answer: (_program: string): string | Error => '' }));

vi.mock('node:child_process', () => ({
  execFile: (program: string, args: readonly string[], options: Call['options'], done: Done) => {
    fake.calls.push({ program, args, options });
    const answer = fake.answer(program);
    if (answer instanceof Error) done(answer, '');
    else done(null, answer);
  },
}));

const fixture = (name: string) => readFileSync(join(__dirname, '..', 'fixtures', 'netstat', name), 'utf8');
const real = process.platform;

function pretend(platform: string): void {
  Object.defineProperty(process, 'platform', { value: platform });
}

beforeEach(() => {
  fake.calls = [];
});
afterEach(() => pretend(real));

describe('listSockets(): on FreeBSD', () => {
  beforeEach(() => {
    pretend('freebsd');
    fake.answer = (program) =>
      fixture(`freebsd-14.0-${program.endsWith('netstat') ? 'netstat-anW' : 'sockstat-46sw'}.txt`);
  });

  it('runs the programs of the base system, by absolute path, without shell and environment', async () => {
    const rows = await listSockets();
    expect(rows).toHaveLength(87);
    expect(fake.calls.map(({ program, args }) => [program, ...args])).toEqual([
      ['/usr/bin/netstat', '-anW'],
      ['/usr/bin/sockstat', '-46sw'],
    ]);
    for (const { options } of fake.calls) {
      expect(options.env).toEqual({});
      expect(options.shell).toBeUndefined();
    }
  });

  it('names processes, of several that with the lowest number', async () => {
    const labsrv = { pid: 13, program: 'labsrv' };
    expect(await listSockets({ port: 5003, listening: true })).toMatchObject([
      { protocol: 'tcp46', ...labsrv },
    ]);
    const timeWait = (await listSockets({ listening: false })).filter(({ state }) => state === 'TIME_WAIT');
    for (const row of timeWait) expect(row).toMatchObject({ pid: null, program: null });
  });

  it('filters by process, through every process that holds a socket', async () => {
    const rows = await listSockets({ pid: 66594 });
    const child = { pid: 66594, program: 'my long se' };
    expect(rows.map(({ local }) => local.port)).toEqual([5020, 5003, 6020]);
    for (const row of rows) expect(row).toMatchObject(child);
  });

  it('filters by state', async () => {
    const waiting = await listSockets({ listening: true });
    expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(['LISTEN', 'UNCONNECTED']));
    expect(waiting.filter(({ local }) => local.port === 0)).toEqual([]);
    const others = await listSockets({ listening: false });
    expect(waiting.length + others.length).toBe(87);
  });

  it('does not run sockstat where nobody asks for processes', async () => {
    const rows = await listSockets({}, { processes: false });
    expect(rows.every(({ pid }) => pid === null)).toBe(true);
    expect(fake.calls.map(({ program }) => program)).toEqual(['/usr/bin/netstat']);
  });

  it('says so where a program fails', async () => {
    fake.answer = () => new Error('spawn /usr/bin/netstat ENOENT');
    await expect(listSockets()).rejects.toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-platform' });
  });
});

describe('listSockets(): on macOS', () => {
  beforeEach(() => {
    pretend('darwin');
    fake.answer = () => fixture('macos-sample.txt');
  });

  it('lists sockets without processes', async () => {
    expect(await listSockets({ port: 80 })).toMatchObject([{ protocol: 'tcp46', v6Only: false, pid: null }]);
    expect(fake.calls.map(({ program }) => program)).toEqual(['/usr/sbin/netstat']);
  });

  it('refuses to filter by process, which its netstat does not tell', async () => {
    await expect(listSockets({ pid: 1 })).rejects.toMatchObject({ code: 'ENOTSUP' });
  });
});

it('listSockets(): throws where the platform is none of these', async () => {
  pretend('sunos');
  await expect(listSockets()).rejects.toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-platform' });
});
