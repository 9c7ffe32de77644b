/** Machines that withhold something other than IPv6: descriptors, or the netlink socket of a hardened service. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PlatformDefaults } from '../../src/index';
import { cannotRefuse, refuseFamily } from '../harness/namespace';
import { cleanEnvironment, json, repositoryRoot, run } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { ssV6Only } from '../harness/ss.cjs';

const fixture = (name: string) => join(repositoryRoot, 'test/netns/fixtures', name);

describe('setV6Only(): no descriptor left (EMFILE)', () => {
  let report: Record<string, object | undefined>;
  const seen = (name: string) => report[name];
  beforeAll(async () => {
    const script = 'ulimit -n 64 && exec "$@"';
    report = json(await run('sh', ['-c', script, 'sh', process.execPath, fixture('exhausted.cjs')]));
  });

  it.each(['server', 'udp6', 'send'])("%s: Node's own error, with the reason resources", (name) => {
    const stock = report[`${name} null`];
    expect(stock).toMatchObject({ code: 'EMFILE', errno: -24, address: '::' });
    for (const v6Only of [true, false]) {
      expect(report[`${name} ${v6Only}`]).toEqual({ ...stock, reason: 'resources' });
    }
  });

  it('addMembership throws it, as without the package', () => {
    expect(report['addMembership null']).toMatchObject({ thrown: true, code: 'EMFILE' });
    for (const v6Only of [true, false]) {
      expect(report[`addMembership ${v6Only}`]).toMatchObject({
        thrown: true,
        code: 'EMFILE',
        errno: -24,
        reason: 'resources',
      });
    }
  });

  it('platformDefaults throws it', () => {
    expect(seen('platformDefaults')).toEqual({
      code: 'EMFILE',
      errno: -24,
      syscall: 'socket',
      reason: 'resources',
    });
  });

  it('afterwards all is as before', () => {
    expect(seen('afterwards')).toMatchObject({ listening: { code: 'listening' } });
  });
});

// systemd's RestrictAddressFamilies=AF_INET AF_INET6 does this, and os.networkInterfaces() throws there.
const noFilter = cannotRefuse('AF_NETLINK');
describe.skipIf(noFilter !== null)(withReason('setV6Only(): AF_NETLINK refused', noFilter), () => {
  const [through = '', ...before] = refuseFamily('AF_NETLINK');

  it.each([
    ['server', 'stock', 0],
    ['server', 'false', 0],
    ['server', 'true', 1],
    ['udp6', 'false', 0],
    ['udp6', 'true', 1],
  ] as const)('%s %s is there, as asked', async (kind, value, option) => {
    const args = [...before, process.execPath, fixture('hardened.cjs'), kind, value];
    const child = spawn(through, args, {
      env: cleanEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    try {
      const [line] = await once(createInterface(child.stdout), 'line');
      const said: { port?: number; failed?: string } = JSON.parse(String(line));
      expect(said).toEqual({ port: expect.any(Number) });
      expect(ssV6Only(said.port ?? 0, kind === 'server' ? 'tcp' : 'udp')).toBe(option);
    } finally {
      child.stdin.end();
      await closed;
    }
  });

  it('platformDefaults still says what it measured', async () => {
    const args = [...before, process.execPath, fixture('hardened.cjs'), 'defaults', 'stock'];
    const defaults = json<PlatformDefaults>(await run(through, args));
    expect(defaults).toMatchObject({ ipv6: true, ipv4Mapped: true, changeable: true });
  });
});
