/** The addon in many threads and contexts, and when they end before its work does. */
import { join } from 'node:path';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, listSockets, type SocketTarget, setV6Only } from '../../src/index';
import { ownDescriptor } from '../harness/handles';
import { expectNoLeaks } from '../harness/leaks';
import { json, runNode } from '../harness/node-child';
import { notLinux, withReason } from '../harness/skips';

const FIXTURE = join(__dirname, '../fixtures/addon-lifetime.cjs');
const ROUNDS = 4;

// There the addon has threads of its own.
describe.skipIf(notLinux !== null)(withReason('the addon: with work under way', notLinux), () => {
  it('is loaded in many threads at once, and unloaded with them', async () => {
    const ended = await runNode([FIXTURE, 'workers', String(ROUNDS)], { timeoutMs: 60_000 });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const { worked, open } = json<{ worked: boolean[]; open: number[] }>(ended);
    expect(worked).toHaveLength(ROUNDS * 8);
    expect(worked).not.toContain(false);
    expect(open.at(-1)).toBe(open[0]);
  }, 70_000);

  it('lets the process exit', async () => {
    const ended = await runNode([FIXTURE, 'exit']);
    expect(ended).toEqual({ status: 3, stdout: '', stderr: '' });
  });
});

describe('the addon: in another context of node:vm', () => {
  expectNoLeaks();

  const context = vm.createContext({ describeSocket, getV6Only, listSockets, setV6Only });
  const run = (code: string): unknown => vm.runInContext(code, context);

  it.each([
    ['{ fd }', (fd: number) => `({ fd: ${fd} })`],
    ['{ fd() }', (fd: number) => `({ fd: () => ${fd} })`],
    ['a number', (fd: number) => String(fd)],
  ])('%s of that context is a target', (_, target) => {
    const fd = ownDescriptor({ type: 'tcp' });
    run(`setV6Only(${target(fd)}, true)`);
    expect(getV6Only(fd)).toBe(true);
    run(`setV6Only(${target(fd)}, false)`);
    expect(run(`getV6Only(${target(fd)})`)).toBe(false);
    expect(run(`describeSocket(${target(fd)}).v6Only`)).toBe(false);
  });

  it('what is wrong there is wrong as it is here', () => {
    const wrong = [
      '{}',
      '[]',
      'null',
      'new Number(3)',
      '"3"',
      '({ fd: "3" })',
      '({ fd: null })',
      'new Proxy({}, {})',
    ];
    const code = (target: unknown): unknown => {
      try {
        return getV6Only(target as SocketTarget);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    for (const text of wrong) {
      const there = run(`(${text})`);
      expect(code(there), text).toBe(code(vm.runInThisContext(`(${text})`)));
      expect(code(there), text).toMatch(/^ERR_/);
    }
  });

  it('an options object of that context filters the list', async () => {
    const rows = await (run('listSockets({ listening: true, port: 1 })') as ReturnType<typeof listSockets>);
    expect(rows).toEqual([]);
  });
});
