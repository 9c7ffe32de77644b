import { describe, expect, it, vi } from 'vitest';
import type { Addon } from '../../src/kernel/addon';
import { readDescriptor, setDescriptor } from '../../src/kernel/descriptor';
import { SystemError } from '../../src/kernel/errors';
import { type RecordedSocket, recordedSockets, replay } from '../harness/kernels';

const current = vi.hoisted((): { addon: Addon | undefined } => ({ addon: undefined }));
vi.mock('../../src/kernel/addon', async (original) => ({
  ...(await original<typeof import('../../src/kernel/addon')>()),
  addon: () => current.addon,
}));

/** 'ok', or code and reason. */
function attempt(socket: RecordedSocket, step: () => unknown): string {
  current.addon = replay(socket);
  try {
    step();
    return 'ok';
  } catch (error) {
    if (error instanceof SystemError) return `${error.code} ${error.reason}`;
    throw error;
  }
}

/** What the contract says of a socket state, whatever the kernel said; only a reset connection may differ. */
function expectedSet({ proto, state, set_to, v_before, get_before }: RecordedSocket): string {
  if (state.startsWith('AF_INET') && !state.startsWith('AF_INET6')) return 'ENOPROTOOPT not-ipv6';
  if (state.startsWith('client AF_INET ') || proto === 'unix') return 'ENOPROTOOPT not-ipv6';
  if (['pipe', '/dev/null', 'directory'].includes(state)) return 'ENOTSOCK not-a-socket';
  if (proto === '-') return 'EBADF closed';
  if (/::1\b/.test(state) && !/sendto|listener, peer 127/.test(state)) return 'ok';
  if (/fresh|failed bind|failed connect|reset/.test(state)) return 'ok';
  if (proto === 'raw') return 'raw';
  return get_before === 'ok' && v_before === set_to ? 'ok' : 'EINVAL already-bound';
}

const KERNELS = ['linux-6.18', 'linux-6.18-bindv6only1', 'freebsd-14.0'];

describe.each(KERNELS)('setV6Only() as on %s', (kernel) => {
  const rows = recordedSockets(kernel).map((socket) => ({
    ...socket,
    name: `${socket.proto}, ${socket.state}`,
  }));

  it.each(rows)('setting $set_to: $name', (socket) => {
    const got = attempt(socket, () => setDescriptor(3, socket.set_to === 1));
    const released = socket.set === 'ok' && /shutdown|disconnected/.test(socket.state);
    const raw = kernel.startsWith('linux') ? 'EINVAL raw-socket' : 'ok';
    const expected = expectedSet(socket);
    expect(got).toBe(released ? 'ok' : expected === 'raw' ? raw : expected);
  });

  it.each(rows)('reading: $name', (socket) => {
    const set = expectedSet(socket);
    const refused = /not-ipv6|not-a-socket|closed/.test(set);
    const expected = refused ? set : socket.get_before === 'ECONNRESET' ? 'ECONNRESET reset' : 'ok';
    expect(attempt(socket, () => readDescriptor(3))).toBe(expected);
    if (expected === 'ok') expect(readDescriptor(3)).toBe(socket.v_before === 1);
  });
});

it('setV6Only(): gives the same mistake the same code and reason on every kernel', () => {
  const answers = new Map<string, Set<string>>();
  for (const kernel of KERNELS) {
    for (const socket of recordedSockets(kernel)) {
      if (dependsOnKernel(socket)) continue;
      const key = `${socket.proto} ${socket.state} := ${socket.set_to}`;
      const got = attempt(socket, () => setDescriptor(3, socket.set_to === 1));
      answers.set(key, (answers.get(key) ?? new Set()).add(got));
    }
  }
  for (const [key, got] of answers) expect([...got], key).toHaveLength(1);
  expect(answers.size).toBeGreaterThan(40);
});

/** Raw sockets by contract; ports given back and values nobody chose by the kernel's nature. */
function dependsOnKernel({ proto, state, v_before, set_to }: RecordedSocket): boolean {
  if (proto === 'raw' || /reset|shutdown|disconnected/.test(state)) return true;
  const chosen = /v6only=[01], bound/.test(state);
  return !chosen && v_before !== set_to && v_before >= 0;
}
