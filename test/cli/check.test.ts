/** `v6only check` as health checks run it, on real sockets, with no other program in reach. */
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, packageRoot, runNode } from '../harness/node-child';
import { addressOf, closed, listening } from '../harness/servers';
import { notLinux, withReason } from '../harness/skips';

const BIN = join(packageRoot, 'dist/bin.js');
const check = (...args: string[]) => runNode([BIN, 'check', ...args], { env: { PATH: '' } });

expectNoLeaks();

interface Host {
  host: string;
  ipv6Only?: boolean;
}

const DUAL = [{ host: '::' }];
const ONLY = [{ host: '::', ipv6Only: true }];
const SPLIT = [...ONLY, { host: '0.0.0.0' }];
const IPV4 = [{ host: '0.0.0.0' }];
const LOCAL = [{ host: '::1' }, { host: '127.0.0.1' }];
const LOCAL6 = [{ host: '::1' }];
const LOCAL4 = [{ host: '127.0.0.1' }];
const MAPPED = [{ host: '::ffff:127.0.0.1' }];
const ONLY_BUT_LOCAL4 = [...ONLY, ...LOCAL4];
const ONLY_AND_MAPPED = [...ONLY, { host: '::ffff:0.0.0.0' }];

/** Listens on all of these with one port, and takes another where somebody has it on one of them. */
async function serve(hosts: readonly Host[], attempts = 5): Promise<number> {
  const servers: net.Server[] = [];
  let port = 0;
  try {
    for (const host of hosts) {
      const server = closing(net.createServer());
      servers.push(await listening(server, { ...host, port }));
      port = addressOf(server).port;
    }
    return port;
  } catch (error) {
    await Promise.all(servers.map(closed));
    if (attempts === 0) throw error;
    return serve(hosts, attempts - 1);
  }
}

async function unusedPort(): Promise<number> {
  const server = await listening(closing(net.createServer()), { host: '::', port: 0 });
  const { port } = addressOf(server);
  await closed(server);
  return port;
}

/** A process that listens on these, one port each. */
async function serveElsewhere(hosts: readonly Host[]): Promise<number> {
  const script = `
    const net = require('node:net');
    let left = ${hosts.length};
    for (const host of ${JSON.stringify(hosts)})
      net.createServer().listen({ ...host, port: 0 }, () => --left === 0 && console.log('ready'));
    if (left === 0) { console.log('ready'); setTimeout(() => {}, 60_000); }`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUp(async () => {
    const ended = once(child, 'close');
    child.kill();
    await ended;
  });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** Two listeners that share a port by SO_REUSEPORT, which Node 20 cannot set. */
const BESIDE = `
import socket, sys
def listen(family, address, port):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind((address, port))
    s.listen()
    return s
a = listen(socket.AF_INET6, '::', 0)
b = listen(socket.AF_INET, '127.0.0.1', a.getsockname()[1])
print(a.getsockname()[1], flush=True)
sys.stdin.read()`;

const EXPECTATIONS = ['ipv6', 'dual', 'split', 'plain'] as const;

/** Which expectations hold, of a port, and of an address on it. */
const TRUTHS: readonly { name: string; hosts: readonly Host[]; at: string; holds: string }[] = [
  { name: 'dual-stack', hosts: DUAL, at: '', holds: 'dual' },
  { name: 'dual-stack', hosts: DUAL, at: '[::1]:', holds: 'dual' },
  { name: 'dual-stack', hosts: DUAL, at: '[::]:', holds: 'dual' },
  { name: 'dual-stack', hosts: DUAL, at: '127.0.0.1:', holds: 'dual' },
  { name: 'dual-stack', hosts: DUAL, at: '192.0.2.1:', holds: 'dual' },
  { name: 'IPv6-only', hosts: ONLY, at: '', holds: 'ipv6,plain' },
  { name: 'IPv6-only', hosts: ONLY, at: '[::1]:', holds: 'ipv6,plain' },
  { name: 'IPv6-only', hosts: ONLY, at: '[0:0::0:1]:', holds: 'ipv6,plain' },
  { name: 'IPv6-only', hosts: ONLY, at: '127.0.0.1:', holds: '' },
  { name: 'split', hosts: SPLIT, at: '', holds: 'split,plain' },
  { name: 'split', hosts: SPLIT, at: '[::1]:', holds: 'split,plain' },
  { name: 'split', hosts: SPLIT, at: '127.0.0.1:', holds: 'split,plain' },
  { name: 'split', hosts: SPLIT, at: '[2001:db8::1]:', holds: 'split,plain' },
  { name: 'IPv4', hosts: IPV4, at: '', holds: 'plain' },
  { name: 'IPv4', hosts: IPV4, at: '127.0.0.1:', holds: 'plain' },
  { name: 'IPv4', hosts: IPV4, at: '[::1]:', holds: '' },
  { name: 'both loopbacks', hosts: LOCAL, at: '', holds: 'plain' },
  { name: 'both loopbacks', hosts: LOCAL, at: '[::1]:', holds: 'split,plain' },
  { name: 'both loopbacks', hosts: LOCAL, at: '127.0.0.1:', holds: 'split,plain' },
  { name: '::1', hosts: LOCAL6, at: '', holds: 'plain' },
  { name: '::1', hosts: LOCAL6, at: '[::1]:', holds: 'ipv6,plain' },
  { name: 'IPv4-mapped loopback', hosts: MAPPED, at: '127.0.0.1:', holds: '' },
  { name: 'IPv6-only beside 127.0.0.1', hosts: ONLY_BUT_LOCAL4, at: '', holds: 'plain' },
  { name: 'IPv6-only beside 127.0.0.1', hosts: ONLY_BUT_LOCAL4, at: '[2001:db8::1]:', holds: 'plain' },
  { name: 'IPv6-only beside ::ffff:0.0.0.0', hosts: ONLY_AND_MAPPED, at: '', holds: '' },
  { name: 'dual-stack', hosts: DUAL, at: 'localhost:', holds: 'dual' },
  { name: 'IPv6-only', hosts: ONLY, at: 'localhost:', holds: 'ipv6' },
  { name: 'split', hosts: SPLIT, at: 'localhost:', holds: 'split,plain' },
  { name: 'split', hosts: SPLIT, at: 'LocalHost:', holds: 'split,plain' },
  { name: 'both loopbacks', hosts: LOCAL, at: 'localhost:', holds: 'split,plain' },
  { name: '::1', hosts: LOCAL6, at: 'localhost:', holds: 'ipv6' },
  { name: 'IPv4', hosts: IPV4, at: 'localhost:', holds: '' },
  {
    name: '::1 beside a dual-stack socket of IPv4',
    hosts: [...LOCAL6, ...MAPPED],
    at: 'localhost:',
    holds: '',
  },
];

describe.skipIf(notLinux !== null)(withReason('v6only check', notLinux), () => {
  it.each(TRUTHS)('$name at $at: holds "$holds"', async ({ hosts, at, holds }) => {
    const port = await serve(hosts);
    const asked = EXPECTATIONS.map((expected) => check(`${at}${port}`, '--expect', expected));
    const ended = await Promise.all(asked);
    expect(EXPECTATIONS.filter((_, i) => ended[i]?.status === 0).join()).toBe(holds);
    for (const [i, { status, stdout, stderr }] of ended.entries()) {
      expect(stderr).toBe('');
      const answer = new RegExp(
        `^${status === 0 ? 'ok' : 'not as expected'}: .*expected: ${EXPECTATIONS[i]}.*\n$`,
      );
      expect(stdout).toMatch(answer);
    }
  });

  it('without an expectation: what listens', async () => {
    const port = await serve(SPLIT);
    const holder = `\\(.+, pid ${process.pid}\\)`;
    const { status, stdout } = await check(String(port));
    expect(status).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `^port ${port}: \\[::\\] accepts IPv6 only ${holder}; 0\\.0\\.0\\.0 accepts IPv4 only ${holder}\n$`,
      ),
    );
    const local = await serve(LOCAL4);
    expect((await check(`127.0.0.1:${local}`)).status).toBe(0);
    expect((await check(`[::ffff:127.0.0.1]:${local}`)).status).toBe(0);
    expect(await check(`[::1]:${local}`)).toMatchObject({
      status: 1,
      stdout: `[::1]:${local}: nothing listens\n`,
    });
  });

  it('nothing listens: exit 1, whatever is expected', async () => {
    const port = String(await unusedPort());
    expect(await check(port)).toEqual({ status: 1, stdout: `port ${port}: nothing listens\n`, stderr: '' });
    for (const expected of EXPECTATIONS) {
      const ended = await check(port, '--expect', expected);
      expect(ended).toMatchObject({ status: 1, stderr: '' });
      expect(ended.stdout).toMatch(/^not as expected: .*nothing listens \(expected: /);
    }
    expect((await check(port, '--udp')).stdout).toBe(`UDP port ${port}: no UDP socket is bound\n`);
  });

  it('localhost: every loopback address that this machine has is served', async () => {
    const both = await serve(LOCAL);
    const served = await check(`localhost:${both}`);
    expect(served.status).toBe(0);
    expect(served.stdout).toMatch(
      /^localhost:\d+: \[::1\] accepts IPv6 only .*; 127\.0\.0\.1 accepts IPv4 only/,
    );
    expect((await check(`localhost:${await serve(DUAL)}`)).status).toBe(0);
    const half = await serve(LOCAL4);
    const ended = await check(`localhost:${half}`);
    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^localhost:\d+: 127\.0\.0\.1 accepts IPv4 only .*; nothing serves ::1\n$/);
    expect(json(await check(`localhost:${half}`, '--json'))).toMatchObject({
      ok: false,
      target: { address: 'localhost', port: half, protocol: 'tcp' },
      unserved: ['::1'],
    });
    const none = await check(`localhost:${await unusedPort()}`, '--json');
    expect(json(none)).toMatchObject({ ok: false, sockets: [], unserved: ['::1', '127.0.0.1'] });
  });

  it.skipIf(noNamespaces !== null)(
    withReason('localhost is 127.0.0.1 alone on a machine without IPv6', noNamespaces),
    async () => {
      const setup = [LO_UP, 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'];
      const script = `
        const { execFileSync } = require('node:child_process');
        require('node:net').createServer().listen(8080, '127.0.0.1', function () {
          const ask = (...args) => {
            try { return execFileSync(process.execPath, [${JSON.stringify(BIN)}, 'check', ...args]) && 0; }
            catch ({ status }) { return status; }
          };
          const all = [[], ['--expect', 'plain'], ['--expect', 'split']];
          console.log(JSON.stringify(all.map((more) => ask('localhost:8080', ...more))));
          this.close();
        });`;
      expect(json(await runInNamespace(setup, [process.execPath, '-e', script]))).toEqual([0, 0, 1]);
    },
  );

  it('tells a UDP socket apart from nothing, and checks it with --udp', async () => {
    const udp = closing(dgram.createSocket({ type: 'udp6', ipv6Only: true }));
    udp.bind(0, '::');
    await once(udp, 'listening');
    const port = String(udp.address().port);
    const holder = `\\(.+, pid ${process.pid}\\)`;
    const tcp = await check(port);
    expect(tcp.status).toBe(1);
    const there = `on UDP: \\[::\\] accepts IPv6 only ${holder}; use --udp to check it`;
    expect(tcp.stdout).toMatch(new RegExp(`^port ${port}: nothing listens; ${there}\\n$`));
    expect(json(await check(port, '--json'))).toMatchObject({ sockets: [], others: [{ protocol: 'udp6' }] });
    const asked = await check(port, '--udp');
    expect(asked.status).toBe(0);
    expect(asked.stdout).toMatch(new RegExp(`^UDP port ${port}: \\[::\\] accepts IPv6 only ${holder}\\n$`));
    const holds = await Promise.all(EXPECTATIONS.map((one) => check(port, '--udp', '--expect', one)));
    expect(EXPECTATIONS.filter((_, i) => holds[i]?.status === 0)).toEqual(['ipv6', 'plain']);
    const listener = String(await serve(IPV4));
    expect((await check(listener, '--udp')).stdout).toContain('; on TCP: 0.0.0.0 accepts IPv4 only');
  });

  it('connects to nothing', async () => {
    let connections = 0;
    const server = await listening(closing(net.createServer(() => connections++)), { host: '::', port: 0 });
    await check(String(addressOf(server).port), '--expect', 'dual');
    expect(connections).toBe(0);
  });

  it('dual-stack beside a socket of 127.0.0.1, which takes its connections, is not dual', async () => {
    const child = spawn('python3', ['-c', BESIDE], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    cleanUp(() => ended);
    cleanUp(() => child.stdin.end());
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const port = Number(line);
    const statusOf = async (at: string) => (await check(`${at}${port}`, '--expect', 'dual')).status;
    expect(await Promise.all(['', '127.0.0.1:', '[::1]:', '192.0.2.1:'].map(statusOf))).toEqual([1, 1, 1, 0]);
  });

  it('--json', async () => {
    const port = await serve(DUAL);
    const ended = await check(`[::1]:${port}`, '--expect', 'ipv6', '--json');
    expect(ended.status).toBe(1);
    const answer = json<{ sockets: object[] }>(ended);
    expect(answer).toMatchObject({
      ok: false,
      expected: 'ipv6',
      target: { address: '::1', port, pid: null },
    });
    expect(answer.sockets).toMatchObject([{ protocol: 'tcp46', pid: process.pid }]);
  });

  it.each([
    ['dual', DUAL, 'dual'],
    ['two dual', [...DUAL, ...DUAL], 'dual'],
    ['IPv6-only', ONLY, 'ipv6,plain'],
    ['IPv6-only and ::1', [...ONLY, ...LOCAL6], 'ipv6,plain'],
    ['IPv4', IPV4, 'plain'],
    ['dual and 127.0.0.1 elsewhere', [...DUAL, ...LOCAL4], ''],
    ['nothing', [], ''],
  ])('--pid: %s', async (_, hosts, holds) => {
    const pid = String(await serveElsewhere(hosts));
    const ended = await Promise.all(EXPECTATIONS.map((one) => check('--pid', pid, '--expect', one)));
    expect(EXPECTATIONS.filter((_one, i) => ended[i]?.status === 0).join()).toBe(holds);
    const found = await check('--pid', pid);
    expect(found.status).toBe(hosts.length === 0 ? 1 : 0);
    expect(found.stdout).toMatch(
      new RegExp(`^process ${pid}: ${hosts.length === 0 ? 'nothing' : '.*:\\d+ accepts'}`),
    );
  });
});

describe('wrong usage of check', () => {
  it.each([
    [[], 'found none'],
    [['80', '--pid', '1'], 'found both'],
    [['80x'], 'found "80x"'],
    [['-1'], "'-1'"],
    [['0'], 'found "0"'],
    [['65536'], 'a port from 1 to 65535, found "65536"'],
    [['080'], 'found "080"'],
    [['::1:80'], 'found "::1:80"'],
    [['localhost'], 'found "localhost"'],
    [['localhost:'], 'found "localhost:"'],
    [['[localhost]:80'], 'found "[localhost]:80"'],
    [['example:80'], 'found "example:80"'],
    [['1.2.3:80'], 'found "1.2.3:80"'],
    [['[127.0.0.1]:80'], 'found "[127.0.0.1]:80"'],
    [['[::1]'], 'found "[::1]"'],
    [['[::1]:'], 'found "[::1]:"'],
    [['[::1%lo]:80'], 'found "[::1%lo]:80"'],
    [[''], 'found ""'],
    [['80\n'], 'found "80\\n"'],
    [['80', '81'], 'found another: "81"'],
    [['80', '--expect', 'both'], '--expect takes ipv6, dual, split or plain, found "both"'],
    [['80', '--expect', ''], 'found ""'],
    [['80', '--expect'], '--expect'],
    [['--pid', '-1'], '--pid takes a whole number from 1 to 2147483647, found "-1"'],
    [['80', '--port', '80'], "Unknown option '--port'"],
  ])('%j', async (args, says) => {
    const { status, stdout, stderr } = await check(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^[^\n]+; see v6only check --help\n$/);
  });

  it('--pid of no process is an error', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    const ended = await check('--pid', String(child.pid), '--expect', 'plain');
    expect(ended).toEqual({ status: 1, stdout: '', stderr: `v6only: there is no process ${child.pid}\n` });
  });
});
