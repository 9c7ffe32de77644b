/** The command as people and scripts run it. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, packageRoot, run, runNode } from '../harness/node-child';
import { nodeBinary, noNode, permissionFlags } from '../harness/node-versions';
import { withReason } from '../harness/skips';
import { ssRows } from '../harness/ss.cjs';

const BIN = join(packageRoot, 'dist/bin.js');
const cli = (...args: string[]) => runNode([BIN, ...args]);

interface Finding {
  id: string;
  severity: string;
  message: string;
  remedy: string;
}

interface Doctor {
  ok: boolean;
  defaults: object | null;
  findings: Finding[];
}

interface Scene {
  v6Only: boolean | null;
  rows: { protocol: string; local: string; peer: string; state: string; end: string }[];
  clients: { to: string; seenAs: string | null; error: string | null }[];
}

const keys = (value: object | null | undefined) => Object.keys(value ?? {}).sort();

describe('v6only, usage', () => {
  const WRONG: readonly { args: string[]; says: RegExp }[] = [
    { args: [], says: /no command/ },
    { args: ['nonsense'], says: /unknown command "nonsense"/ },
    { args: ['constructor'], says: /unknown command "constructor"/ },
    { args: ['doctor', 'extra'], says: /extra/ },
    { args: ['doctor', '--nonsense'], says: /--nonsense/ },
    { args: ['--json'], says: /no command/ },
    { args: ['demo', '--json=yes'], says: /--json/ },
    { args: ['nonsense', '--help'], says: /unknown command/ },
    { args: ['\u001b[31mred'], says: /\\u001b|\\x1B/i },
    { args: ['doctor', '--\u001b[31mred'], says: /red/ },
    { args: ['doctor', '\u001b]0;title\u0007'], says: /title/ },
    { args: ['\u009b31mred'], says: /red/ },
  ];
  it.each(WRONG)('$args: exit 2, on stderr', async ({ args, says }) => {
    const { status, stdout, stderr } = await cli(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toContain('Usage: v6only');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(stderr.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g)).toBe(null);
  });

  const HELP = [['--help'], ['-h'], ['doctor', '--help'], ['demo', '-h'], ['doctor', '--json', '--help']];
  it.each(HELP.map((args) => ({ args })))('$args: exit 0, on stdout', async ({ args }) => {
    const { status, stdout, stderr } = await cli(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: v6only/);
    for (const command of ['doctor', 'demo', '--json']) expect(stdout).toContain(command);
  });

  it('prints no colours where there is no terminal', async () => {
    for (const command of ['doctor', 'demo']) expect((await cli(command)).stdout).not.toContain('\u001b');
  });

  it('a reader that goes away early does not make it complain', async () => {
    const script = `${process.execPath} ${BIN} demo | true`;
    expect(await run('sh', ['-c', script])).toMatchObject({ status: 0, stderr: '' });
  });
});

describe.skipIf(noNamespaces !== null)(
  withReason('v6only doctor in a namespace of its own', noNamespaces),
  () => {
    const DISABLED = [LO_UP, 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'];
    const CHANGED = [LO_UP, 'echo 1 > /proc/sys/net/ipv6/bindv6only'];
    const doctor = (setup: string[], ...args: string[]) =>
      runInNamespace(setup, [process.execPath, BIN, 'doctor', ...args]);

    it('says that all is well, and exits with 0', async () => {
      const text = await doctor([LO_UP]);
      expect(text).toMatchObject({ status: 0, stderr: '' });
      expect(text.stdout).toContain('net.ipv6.bindv6only');
      expect(text.stdout).toContain('No problems found');
      const report = json<Doctor>(await doctor([LO_UP], '--json'));
      expect(report).toMatchObject({ ok: true });
      expect(keys(report)).toEqual(['defaults', 'findings', 'ok', 'platform', 'runtime']);
      expect(keys(report.defaults)).toEqual([
        ...['changeable', 'ipv4Mapped', 'ipv6', 'ipv6Address', 'ipv6Loopback', 'node', 'platform', 'release'],
        ...['sysctl', 'v6Only'],
      ]);
    });

    const WRONG = [
      { id: 'no-ipv6-address', setup: DISABLED, remedy: 'net.ipv6.conf.all.disable_ipv6=0' },
      { id: 'udp-differs-from-tcp', setup: CHANGED, remedy: 'sysctl -w net.ipv6.bindv6only=0' },
      {
        id: 'no-ipv6-loopback',
        setup: [LO_UP, 'ip addr del ::1/128 dev lo', ...twoLinks()],
        remedy: 'ip addr add ::1',
      },
    ];
    it.each(WRONG)('$id: names the remedy, and exits with 1', async ({ id, setup, remedy }) => {
      const asJson = await doctor(setup, '--json');
      expect(asJson).toMatchObject({ status: 1, stderr: '' });
      const { ok, findings } = json<Doctor>(asJson);
      const finding = findings.find((f) => f.id === id);
      expect(ok).toBe(false);
      expect(finding).toMatchObject({ severity: 'problem', remedy: expect.stringContaining(remedy) });
      const asText = await doctor(setup);
      expect(asText).toMatchObject({ status: 1, stderr: '' });
      expect(asText.stdout).toContain(`problem: ${finding?.message}`);
      expect(asText.stdout).toContain(remedy);
    });
  },
);

function twoLinks(): string[] {
  const add = 'ip link add v6only0 type veth peer name v6only1';
  return [
    add,
    'ip link set v6only0 up',
    'ip link set v6only1 up',
    'ip addr add fe80::1/64 dev v6only0 nodad',
  ];
}

for (const major of [20, 22, 24, 26]) {
  const node = nodeBinary(major);
  const title = `v6only doctor where addons are refused, Node ${major}`;
  describe.skipIf(node === null)(withReason(title, noNode(major)), () => {
    const REFUSALS = [
      { how: 'no-addons', flags: () => ['--no-addons'], remedy: '--no-addons' },
      {
        how: 'permission',
        flags: (binary: string) => permissionFlags(binary),
        remedy: '--allow-addons',
      },
    ];
    it.each(REFUSALS)('$how: exit 1, and the remedy', async ({ flags, remedy }) => {
      for (const form of [[], ['--json']]) {
        const ended = await run(node ?? '', [...flags(node ?? ''), BIN, 'doctor', ...form]);
        expect(ended.status).toBe(1);
        expect(ended.stdout).toContain(remedy);
        if (form.length === 0) continue;
        const { ok, defaults, findings } = json<Doctor>(ended);
        expect({ ok, defaults }).toEqual({ ok: false, defaults: null });
        expect(findings.map(({ id }) => id)).toEqual(['addon-refused']);
      }
    });
  });
}

describe('v6only demo', () => {
  const portOf = (address = '') => Number(/:(\d+)$/.exec(address)?.[1]);

  it('shows an IPv4 connection as tcp6, and its refusal', async () => {
    const ended = await cli('demo', '--json');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const [stock, only, split] = json<Scene[]>(ended);
    expect(keys(stock)).toEqual(['clients', 'code', 'explanation', 'rows', 'title', 'v6Only']);
    expect(stock).toMatchObject({ v6Only: false });
    expect(stock?.clients).toEqual([
      { to: '127.0.0.1', seenAs: '::ffff:127.0.0.1', error: null },
      { to: '::1', seenAs: '::1', error: null },
    ]);
    const accepted = stock?.rows.find(({ peer, end }) => end === 'server' && peer.startsWith('127.0.0.1:'));
    expect(accepted).toMatchObject({ protocol: 'tcp6', state: 'ESTABLISHED' });
    expect(stock?.rows.find(({ peer, end }) => end === 'client' && peer.startsWith('127.'))?.protocol).toBe(
      'tcp',
    );
    expect(only).toMatchObject({ v6Only: true });
    expect(only?.clients).toEqual([
      { to: '127.0.0.1', seenAs: null, error: 'ECONNREFUSED' },
      { to: '::1', seenAs: '::1', error: null },
    ]);
    expect(split?.clients).toEqual([
      { to: '127.0.0.1', seenAs: '127.0.0.1', error: null },
      { to: '::1', seenAs: '::1', error: null },
    ]);
    expect(split?.rows.filter(({ state }) => state === 'LISTEN').map(({ protocol }) => protocol)).toEqual([
      'tcp6',
      'tcp',
    ]);
    const text = await cli('demo');
    for (const part of ['::ffff:127.0.0.1', 'tcp6', 'LISTEN', 'ECONNREFUSED', 'IPV6_V6ONLY 1'])
      expect(text.stdout).toContain(part);
  });

  it('is live: the kernel sees the sockets that it tells of, and other ones each time', async () => {
    const played: number[][] = [];
    for (const turn of [0, 1]) {
      const log = join(tmpdir(), `v6only-demo-${process.pid}-${turn}.log`);
      const trace = ['-f', '-o', log, '-e', 'trace=setsockopt,bind,listen,connect'];
      const ended = await run('strace', [...trace, process.execPath, BIN, 'demo', '--json']);
      const calls = readFileSync(log, 'utf8');
      rmSync(log);
      const ports = json<Scene[]>(ended).map(({ rows }) => portOf(rows[0]?.local));
      expect(calls.match(/ bind\(.*AF_INET6.*= 0$/gm)?.length).toBe(3);
      expect(calls.match(/ bind\(.*AF_INET,.*= 0$/gm)?.length).toBe(1);
      expect(calls.match(/IPV6_V6ONLY, \[\d\]/g)).toEqual(
        [0, 1, 1].map((value) => `IPV6_V6ONLY, [${value}]`),
      );
      for (const port of ports) {
        expect(calls).toMatch(new RegExp(`connect\\(.*AF_INET, sin_port=htons\\(${port}\\)`));
        expect(calls).toMatch(new RegExp(`connect\\(.*AF_INET6, sin6_port=htons\\(${port}\\)`));
      }
      played.push(ports);
    }
    expect(new Set(played.flat()).size).toBe(6);
  });

  it('leaves nothing listening', async () => {
    for (const { rows } of json<Scene[]>(await cli('demo', '--json'))) {
      const port = portOf(rows[0]?.local);
      expect(port).toBeGreaterThan(0);
      expect(ssRows({ port })).toEqual([]);
    }
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`v6only-demo-${process.pid}`))).toEqual([]);
  });
});
