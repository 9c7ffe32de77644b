/** listSockets where one of its questions fails at once and the others are still with the kernel. */
import { constants } from 'node:os';
import { expect, it, vi } from 'vitest';
import { listSockets } from '../../src/index';
import { notLinux, withReason } from '../harness/skips';
import { pause } from '../harness/sockets';

const underWay = vi.hoisted(() => ({ count: 0 }));

vi.mock('../../src/kernel/addon', async (original) => ({
  ...(await original<typeof import('../../src/kernel/addon')>()),
  addon: () => ({
    listProcesses: async () => -constants.errno.EMFILE,
    listSockets: async () => {
      underWay.count++;
      await pause(50);
      underWay.count--;
      return new ArrayBuffer(0);
    },
  }),
}));

it.skipIf(notLinux !== null)(
  withReason('listSockets rejects when all that it asked has ended', notLinux),
  async () => {
    await expect(listSockets({ pid: process.pid })).rejects.toMatchObject({ code: 'EMFILE' });
    expect(underWay.count).toBe(0);
  },
);
