/** The command as people and scripts run it. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotRefuse, LO_UP, noNamespaces, refuseFamily, runInNamespace } from '../harness/namespace';
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
  calls: { call: string; result: string }[];
  localhost: string[];
  findings: Finding[];
}

interface Scene {
  explanation: string;
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
    { args: ['help', 'nonsense'], says: /unknown command "nonsense"; see v6only help --help/ },
    { args: ['help', 'ls', 'check'], says: /help takes one argument, found another: "check"/ },
    { args: ['ls', '--port', 'x'], says: /found "x"; see v6only ls --help/ },
    { args: ['--version', 'nonsense'], says: /unknown command "nonsense"/ },
  ];
  it.each(WRONG)('$args: exit 2, on stderr', async ({ args, says }) => {
    const { status, stdout, stderr } = await cli(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^v6only: [^\n]+; see v6only (?:[a-z]+ )?--help\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(stderr.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g)).toBe(null);
  });

  const COMMANDS = ['doctor', 'ls', 'check', 'bindtest', 'demo', 'register-path', 'help'];
  const HELP = [
    ...[['--help'], ['-h'], ['help'], ['help', '--help'], ['help', '--json']].map((args) => ({ args })),
    ...COMMANDS.flatMap((name) => [{ args: [name, '--help'] }, { args: ['help', name] }]),
    { args: ['doctor', '--json', '-h'] },
  ];
  it.each(HELP)('$args: exit 0, on stdout, at most 80 columns wide', async ({ args }) => {
    const { status, stdout, stderr } = await cli(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const name = args.find((arg) => COMMANDS.includes(arg) && arg !== 'help');
    expect(stdout).toMatch(new RegExp(`^Usage: v6only ${name ?? '(?:<command>|help)'}`));
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('the help of all names every command and option, that of check what it takes', async () => {
    const { stdout } = await cli('help');
    for (const part of [...COMMANDS, '--json', '--version', '--help', 'Exit codes'])
      expect(stdout).toContain(part);
    const check = await cli('help', 'check');
    for (const part of ['localhost:PORT', '--pid N', '--udp', 'ipv6 ', 'dual ', 'split ', 'plain '])
      expect(check.stdout).toContain(part);
  });

  it('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    expect(await cli('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(json(await cli('--version', '--json'))).toEqual({ version });
    expect(json<{ version: string }>(await cli('doctor', '--json')).version).toBe(version);
  });

  const FULL = existsSync('/dev/full') ? null : 'there is no /dev/full here';
  it.skipIf(FULL !== null).each(['ls', 'doctor', 'help'])(
    withReason('%s: a full disk is one line on stderr, and exit 1', FULL),
    async (command) => {
      const ended = await run('sh', ['-c', `exec ${process.execPath} ${BIN} ${command} > /dev/full`]);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toMatch(/^v6only: cannot write to standard output: ENOSPC[^\n]*\n$/);
    },
  );

  it('breaks no line inside a word at 80 columns', async () => {
    for (const command of ['doctor', 'demo', 'bindtest']) {
      for (const line of (await cli(command)).stdout.split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(80);
    }
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
      expect(keys(report)).toEqual([
        ...['calls', 'defaults', 'findings', 'localhost', 'ok', 'platform', 'runtime', 'version'],
      ]);
      expect(report.localhost).toContain('127.0.0.1');
      expect(report.calls).toEqual([
        { call: 'setV6Only(server).listen(port)', result: '[::] IPv6-only' },
        { call: 'setV6Only(server, false).listen(port)', result: '[::] dual-stack' },
        { call: 'listen(server, { port })', result: '[::] IPv6-only and 0.0.0.0' },
      ]);
      for (const { call, result } of report.calls) {
        expect(text.stdout).toContain(call);
        expect(text.stdout).toContain(result);
      }
      expect(keys(report.defaults)).toEqual([
        ...['changeable', 'ipv4Mapped', 'ipv6', 'ipv6Address', 'ipv6Loopback', 'node', 'platform', 'release'],
        ...['sysctl', 'v6Only'],
      ]);
    });

    const FOUND = [
      {
        ...{ id: 'no-ipv6-address', severity: 'note', setup: DISABLED },
        remedy: 'net.ipv6.conf.all.disable_ipv6=0',
        calls: ['[::] IPv6-only, unreachable', '[::] dual-stack, over IPv4 only', '0.0.0.0, no IPv6 here'],
      },
      {
        ...{ id: 'udp-differs-from-tcp', severity: 'note', setup: CHANGED },
        remedy: 'sysctl -w net.ipv6.bindv6only=0',
        calls: ['[::] IPv6-only', '[::] dual-stack', '[::] IPv6-only and 0.0.0.0'],
      },
      {
        ...{ id: 'no-ipv6-loopback', severity: 'problem' },
        setup: [LO_UP, 'ip addr del ::1/128 dev lo', ...twoLinks()],
        remedy: 'ip addr add ::1',
        calls: ['[::] IPv6-only', '[::] dual-stack', '[::] IPv6-only and 0.0.0.0'],
      },
    ];
    it.each(FOUND)(
      '$id: a $severity that names the remedy',
      async ({ id, severity, setup, remedy, calls }) => {
        const asJson = await doctor(setup, '--json');
        const status = severity === 'problem' ? 1 : 0;
        expect(asJson).toMatchObject({ status, stderr: '' });
        const report = json<Doctor>(asJson);
        const finding = report.findings.find((f) => f.id === id);
        expect(report.ok).toBe(status === 0);
        expect(finding).toMatchObject({ severity, remedy: expect.stringContaining(remedy) });
        expect(report.calls.map(({ result }) => result)).toEqual(calls);
        const asText = await doctor(setup);
        expect(asText).toMatchObject({ status, stderr: '' });
        const text = asText.stdout.replaceAll(/\s+/g, ' ');
        expect(text).toContain(`${severity}: ${finding?.message}`);
        expect(text).toContain(remedy);
      },
    );

    const HOSTS = [
      { hosts: '192.0.2.1 localhost', id: 'localhost-not-loopback', status: 1 },
      { hosts: '::1 localhost', setup: DISABLED, id: 'localhost-unavailable', status: 1 },
      { hosts: '::1 localhost', id: null, status: 0 },
      { hosts: '127.0.0.1 localhost', setup: DISABLED, id: null, status: 0 },
    ];
    it.each(HOSTS)('hosts file "$hosts", $setup: $id', async ({ hosts, setup = [LO_UP], id, status }) => {
      const file = join(tmpdir(), `v6only-hosts-${process.pid}`);
      writeFileSync(file, `${hosts}\n`);
      try {
        const mount = ['mount --make-rprivate /', `mount --bind ${file} /etc/hosts`];
        const script = [...setup, ...mount, 'exec "$@"'].join(' && ');
        const command = [process.execPath, BIN, 'doctor', '--json'];
        const ended = await run('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', ...command]);
        expect(ended).toMatchObject({ status, stderr: '' });
        const report = json<Doctor>(ended);
        expect(report.localhost).toContain(hosts.split(' ')[0]);
        const ids = report.findings
          .map((finding) => finding.id)
          .filter((name) => name.startsWith('localhost'));
        expect(ids).toEqual(id === null ? [] : [id]);
      } finally {
        rmSync(file);
      }
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

  it.skipIf(noNamespaces !== null)(
    withReason('explains itself where no interface has an IPv6 address', noNamespaces),
    async () => {
      const setup = [LO_UP, 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'];
      const ended = await runInNamespace(setup, [process.execPath, BIN, 'demo', '--json']);
      expect(ended.status).toBe(0);
      const [stock, only, split] = json<Scene[]>(ended);
      expect(stock?.clients[1]).toEqual({ to: '::1', seenAs: null, error: 'EADDRNOTAVAIL' });
      for (const scene of [stock, only])
        expect(scene?.explanation).toContain('No interface of this machine has');
      expect(split?.explanation).toContain('Without IPv6 this opens only the IPv4 socket');
      expect(split?.rows.map(({ protocol }) => protocol)).toEqual(['tcp', 'tcp', 'tcp']);
    },
  );

  const noRefusal = cannotRefuse('AF_INET6');
  it.skipIf(noRefusal !== null)(
    withReason('explains itself where AF_INET6 sockets cannot be opened', noRefusal),
    async () => {
      const [program = '', ...args] = refuseFamily('AF_INET6');
      const ended = await run(program, [...args, process.execPath, BIN, 'demo', '--json']);
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      const [stock, only, split] = json<Scene[]>(ended);
      expect(stock?.explanation).toContain('This machine has no IPv6');
      expect(stock?.clients[0]).toEqual({ to: '127.0.0.1', seenAs: '127.0.0.1', error: null });
      expect(only).toMatchObject({ v6Only: null, rows: [], clients: [] });
      expect(only?.explanation).toContain('no-ipv6');
      expect(split?.explanation).toContain('Without IPv6');
    },
  );

  it('leaves nothing listening', async () => {
    for (const { rows } of json<Scene[]>(await cli('demo', '--json'))) {
      const port = portOf(rows[0]?.local);
      expect(port).toBeGreaterThan(0);
      expect(ssRows({ port })).toEqual([]);
    }
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`v6only-demo-${process.pid}`))).toEqual([]);
  });
});
