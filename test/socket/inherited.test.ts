/** Descriptors that another program, in Python, opened and passed on; it reads the option afterwards itself. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { json, packageRoot, run } from '../harness/node-child';

interface Spec {
  family: 'IPv6' | 'IPv4';
  type: 'tcp' | 'udp' | 'raw';
  proto?: number;
  v6only?: 0 | 1;
  bind?: string;
  listen?: boolean;
}

interface Told {
  result?: unknown;
  error?: {
    name: string;
    code: string;
    reason?: string;
    syscall?: string;
    address?: string;
    message: string;
  };
}

interface Report {
  unavailable?: string;
  fds: number[];
  said: Told[];
  before: (number | null)[];
  after: (number | null)[];
  reached: { '127.0.0.1': boolean; '::1': boolean }[];
  status: number;
}

const FIXTURES = join(__dirname, '../fixtures');
const IPPROTO_ICMPV6 = 58;
const IPPROTO_MPTCP = 262;

async function pass(sockets: Spec[], act: string, value = true, connect = false): Promise<Report> {
  const command = [process.execPath, join(FIXTURES, 'inherited.cjs'), packageRoot, act, String(value)];
  const order = JSON.stringify({ sockets, command, connect });
  const report = json<Report>(await run('python3', [join(FIXTURES, 'inherited.py'), order]));
  if (report.unavailable === undefined) expect(report.status).toBe(0);
  return report;
}

const VALUES = [0, 1] as const;
const TYPES = ['tcp', 'udp'] as const;

/** Every fresh and every bound AF_INET6 socket; each row is one descriptor of the child. */
const FRESH: Spec[] = TYPES.flatMap((type) =>
  VALUES.map((v6only) => ({ family: 'IPv6', type, v6only }) as const),
);
const BOUND: Spec[] = FRESH.map((spec) => ({ ...spec, bind: '::' }));
const IPV4: Spec[] = TYPES.flatMap((type) => [
  { family: 'IPv4', type } as const,
  { family: 'IPv4', type, bind: '127.0.0.1' } as const,
]);

it('getV6Only reads what Python reads', async () => {
  const rows: Spec[] = [
    ...FRESH,
    ...BOUND,
    { family: 'IPv6', type: 'tcp', v6only: 1, bind: '::', listen: true },
  ];
  const { said, before, after } = await pass(rows, 'get');
  expect(said.map(({ result }) => result)).toEqual(before.map((value) => value === 1));
  expect(after).toEqual(before);
});

describe.each([true, false])('setV6Only %s', (value) => {
  it('sets fresh sockets, and Python sees it', async () => {
    const { said, fds, after } = await pass(FRESH, 'set', value);
    expect(said).toEqual(fds.map((result) => ({ result })));
    expect(after).toEqual(FRESH.map(() => Number(value)));
  });

  it('takes a bound socket with the value, and refuses one with the other, unchanged', async () => {
    const { said, fds, before, after } = await pass(BOUND, 'set', value);
    expect(after).toEqual(before);
    for (const [i, told] of said.entries()) {
      if (before[i] === Number(value)) {
        expect(told).toEqual({ result: fds[i] });
        continue;
      }
      expect(told.error).toMatchObject({ code: 'EINVAL', reason: 'already-bound', syscall: 'setsockopt' });
      // This program did not open it, so it is no use to tell it to call setV6Only earlier.
      expect(told.error?.message).toContain(`BindIPv6Only=${value ? 'ipv6-only' : 'both'}`);
      expect(told.error?.message.includes('rejectIPv4Mapped(server)')).toBe(value);
      expect(told.error?.message).not.toContain('call setV6Only');
    }
  });

  it('does nothing to a socket that is bound to ::1', async () => {
    const rows: Spec[] = TYPES.map((type) => ({ family: 'IPv6', type, v6only: 0, bind: '::1' }));
    const { said, fds, before, after } = await pass(rows, 'set', value);
    expect(said).toEqual(fds.map((result) => ({ result })));
    expect(after).toEqual(before);
  });

  it('refuses IPv4 sockets', async () => {
    for (const { error } of (await pass(IPV4, 'set', value)).said)
      expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', syscall: 'setsockopt' });
  });

  it('listens on what was passed: fresh, or bound with the value', async () => {
    const v6only = value ? 1 : 0;
    const rows: Spec[] = [
      { family: 'IPv6', type: 'tcp', v6only: 0 },
      { family: 'IPv6', type: 'tcp', v6only: 1 },
      { family: 'IPv6', type: 'tcp', v6only, bind: '::' },
      { family: 'IPv6', type: 'tcp', v6only, bind: '::', listen: true },
    ];
    const { said, after, reached } = await pass(rows, 'listen', value, true);
    expect(said).toEqual(rows.map(() => ({ result: value })));
    expect(after).toEqual(rows.map(() => v6only));
    expect(reached).toEqual(rows.map(() => ({ '127.0.0.1': !value, '::1': true })));
  });

  it('does not listen on another value, nor on IPv4', async () => {
    const v6only = value ? 0 : 1;
    const rows: Spec[] = [
      { family: 'IPv6', type: 'tcp', v6only, bind: '::' },
      { family: 'IPv6', type: 'tcp', v6only, bind: '::', listen: true },
      { family: 'IPv4', type: 'tcp' },
      { family: 'IPv4', type: 'tcp', bind: '127.0.0.1', listen: true },
    ];
    const { said } = await pass(rows, 'listen', value);
    expect(said.map(({ error }) => [error?.code, error?.reason])).toEqual([
      ['EINVAL', 'already-bound'],
      ['EINVAL', 'already-bound'],
      ['ENOPROTOOPT', 'not-ipv6'],
      ['ENOPROTOOPT', 'not-ipv6'],
    ]);
  });

  it('binds a dgram socket to what was passed', async () => {
    const v6only = value ? 1 : 0;
    const rows: Spec[] = [
      { family: 'IPv6', type: 'udp', v6only: 0 },
      { family: 'IPv6', type: 'udp', v6only: 1 },
      { family: 'IPv6', type: 'udp', v6only, bind: '::' },
    ];
    const { said, after } = await pass(rows, 'bind', value);
    expect(said).toEqual(rows.map(() => ({ result: value })));
    expect(after).toEqual(rows.map(() => v6only));
  });
});

describe('inherited sockets: SOCK_RAW over IPv6', () => {
  const raw: Spec[] = VALUES.map(() => ({ family: 'IPv6', type: 'raw', proto: IPPROTO_ICMPV6 }));

  it('is raw-socket for either value where the kernel refuses, and unchanged', async (ctx) => {
    for (const value of [true, false]) {
      const report = await pass(raw, 'set', value);
      if (report.unavailable !== undefined) ctx.skip(`no raw sockets here: ${report.unavailable}`);
      for (const { error } of report.said)
        expect(error).toMatchObject({ code: 'EINVAL', reason: 'raw-socket', syscall: 'setsockopt' });
      expect(report.after).toEqual(report.before);
    }
  });

  it('is read, and described', async (ctx) => {
    const read = await pass(raw, 'get');
    if (read.unavailable !== undefined) ctx.skip(`no raw sockets here: ${read.unavailable}`);
    expect(read.said.map(({ result }) => result)).toEqual(read.before.map((value) => value === 1));
    const rows: Spec[] = [...raw, { family: 'IPv6', type: 'raw', proto: IPPROTO_ICMPV6, bind: '::1' }];
    const described = await pass(rows, 'describe');
    expect(described.said[0]?.result).toMatchObject({
      family: 'IPv6',
      type: 'raw',
      state: 'unbound',
      accepts: [],
    });
    expect(described.said[2]?.result).toMatchObject({
      family: 'IPv6',
      type: 'raw',
      state: 'bound',
      accepts: ['IPv6'],
    });
  });

  it('cannot be listened on', async (ctx) => {
    const report = await pass(raw, 'listen');
    if (report.unavailable !== undefined) ctx.skip(`no raw sockets here: ${report.unavailable}`);
    for (const { error } of report.said)
      expect(error).toMatchObject({ code: 'EINVAL', reason: 'raw-socket' });
  });
});

describe('inherited sockets: MPTCP', () => {
  const skipWithout = (report: Report, ctx: { skip(why: string): never }) => {
    if (report.unavailable !== undefined) ctx.skip(`no MPTCP here: ${report.unavailable}`);
  };

  it('over IPv4 is not-ipv6, though the kernel answers 0', async (ctx) => {
    const rows: Spec[] = [
      { family: 'IPv4', type: 'tcp', proto: IPPROTO_MPTCP },
      { family: 'IPv4', type: 'tcp', proto: IPPROTO_MPTCP, bind: '127.0.0.1', listen: true },
    ];
    for (const act of ['get', 'set', 'listen']) {
      const report = await pass(rows, act, false);
      skipWithout(report, ctx);
      for (const { error } of report.said)
        expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6' });
    }
    const { said } = await pass(rows, 'describe');
    expect(said[0]?.result).toMatchObject({ family: 'IPv4', type: 'tcp', v6Only: null });
  });

  it.for([true, false])('over IPv6 is set and read as TCP (%s)', async (value, ctx) => {
    const rows: Spec[] = VALUES.map((v6only) => ({
      family: 'IPv6',
      type: 'tcp',
      proto: IPPROTO_MPTCP,
      v6only,
    }));
    const report = await pass(rows, 'set', value);
    skipWithout(report, ctx);
    expect(report.said).toEqual(report.fds.map((result) => ({ result })));
    expect(report.after).toEqual(rows.map(() => Number(value)));
    expect((await pass(rows, 'get')).said).toEqual([{ result: false }, { result: true }]);
  });
});

it('describeSocket says what was passed', async () => {
  const rows: Spec[] = [
    { family: 'IPv6', type: 'tcp', v6only: 0, bind: '::', listen: true },
    { family: 'IPv6', type: 'udp', v6only: 1, bind: '::' },
    { family: 'IPv4', type: 'udp', bind: '0.0.0.0' },
    { family: 'IPv6', type: 'tcp', v6only: 1 },
  ];
  const { said, fds } = await pass(rows, 'describe');
  expect(said.map(({ result }) => result)).toMatchObject([
    { fd: fds[0], family: 'IPv6', type: 'tcp', state: 'listening', v6Only: false, accepts: ['IPv6', 'IPv4'] },
    { fd: fds[1], family: 'IPv6', type: 'udp', state: 'bound', v6Only: true, accepts: ['IPv6'] },
    { fd: fds[2], family: 'IPv4', type: 'udp', state: 'bound', v6Only: null, accepts: ['IPv4'] },
    { fd: fds[3], family: 'IPv6', type: 'tcp', state: 'unbound', v6Only: true, accepts: [] },
  ]);
});
