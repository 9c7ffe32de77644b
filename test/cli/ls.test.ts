/** `v6only ls` as people run it, on real sockets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSockets, type SocketRow } from '../../src/index';
import { closing, expectNoLeaks } from '../harness/leaks';
import { noNamespaces, runInNamespace } from '../harness/namespace';
import { json, packageRoot, run, runNode } from '../harness/node-child';
import { addressOf, closed, listening } from '../harness/servers';
import { notLinux, withReason } from '../harness/skips';
import { useZoo } from '../harness/socket-zoo';

const BIN = join(packageRoot, 'dist/bin.js');
expectNoLeaks();

const PATHLESS = { PATH: '' };
const ls = (...args: string[]) => runNode([BIN, 'ls', ...args], { env: PATHLESS });

describe.skipIf(notLinux !== null)(withReason('v6only ls, without ss or netstat in reach', notLinux), () => {
  const zoo = useZoo();
  const { port } = zoo;

  it.each([
    ['dual', 'tcp46', '[::]', 'IPv6 and IPv4', 'everywhere'],
    ['only', 'tcp6', '[::]', 'IPv6 only', 'everywhere'],
    ['loopback', 'tcp6', '[::1]', 'IPv6 only', 'this machine'],
    ['mapped', 'tcp4*', '127.0.0.1', 'IPv4 only', 'this machine'],
    ['ipv4', 'tcp4', '0.0.0.0', 'IPv4 only', 'everywhere'],
    ['udpDual', 'udp46', '[::]', 'IPv6 and IPv4', 'everywhere'],
    ['udpMapped', 'udp4*', '127.0.0.1', 'IPv4 only', 'this machine'],
  ])('%s is %s', async (name, protocol, address, reach, from) => {
    const { status, stdout, stderr } = await ls('--port', String(port(name)));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [titles, ...rows] = (stdout.split('\n\n')[0] ?? '').trimEnd().split('\n');
    expect(titles?.split(/ {2,}/)).toEqual(['Proto', 'Local', 'Reached by', 'From', 'Program', 'PID']);
    const cells = rows.map((row) => row.split(/ {2,}/));
    expect(cells).toContainEqual([
      protocol,
      `${address}:${port(name)}`,
      reach,
      from,
      'python3',
      String(zoo.pid),
    ]);
    // Another socket may have the same number in the other protocol.
    const marked = cells.some(([word]) => word?.endsWith('*'));
    expect(/^\* {2}IPv4 on an AF_INET6 socket/m.test(stdout)).toBe(marked);
  });

  it('--pid: one process, by port and then protocol', async () => {
    const rows = json<SocketRow[]>(await ls('--pid', String(zoo.pid), '--json'));
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) expect(row).toMatchObject({ pid: zoo.pid });
    const keys = rows.map(({ local, protocol }) => `${String(local.port).padStart(5)} ${protocol}`);
    expect(keys).toEqual([...keys].sort());
    expect(rows.every(({ state }) => state === 'LISTEN' || state === 'UNCONNECTED')).toBe(true);
  });

  it('--json: the rows of listSockets', async () => {
    const filter = { port: port('dual') };
    const sorted = (rows: SocketRow[]) => rows.map((row) => JSON.stringify(row)).sort();
    const printed = json<SocketRow[]>(await ls('--all', '--port', String(filter.port), '--json'));
    const held = (rows: SocketRow[]) => sorted(rows.filter(({ pid }) => pid !== null));
    expect(held(printed)).toEqual(held(await listSockets(filter)));
    expect(held(printed).length).toBeGreaterThan(0);
  });

  it('--all: an IPv4 connection on an AF_INET6 socket is marked, an IPv6 one is not', async () => {
    const server = closing(net.createServer());
    await listening(server, 0, '::');
    const at = addressOf(server).port;
    const clients = ['127.0.0.1', '::1'].map((host) => net.connect(at, host));
    try {
      await Promise.all(clients.map((c) => new Promise((resolve) => c.once('connect', resolve))));
      const { stdout } = await ls('--all', '--port', String(at));
      const peer = (client: net.Socket | undefined) => client?.localPort;
      expect(stdout).toMatch(
        new RegExp(`^tcp4\\* +127.0.0.1:${at} +127.0.0.1:${peer(clients[0])} +ESTABLISHED`, 'm'),
      );
      expect(stdout).toMatch(
        new RegExp(`^tcp6 +\\[::1\\]:${at} +\\[::1\\]:${peer(clients[1])} +ESTABLISHED`, 'm'),
      );
      expect((await ls('--port', String(at))).stdout).not.toContain('ESTABLISHED');
    } finally {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('says that nothing is there, and exits with 0', async () => {
    const server = closing(net.createServer());
    await listening(server, 0, '127.0.0.1');
    const { port: free } = addressOf(server);
    await closed(server);
    const ended = await ls('--port', String(free));
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toBe(`No listening socket on port ${free}; --all shows connections too.\n`);
    expect(json(await ls('--port', String(free), '--json'))).toEqual([]);
  });

  it('a process that does not exist is an error', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    const pid = String(child.pid);
    const ended = { status: 1, stdout: '', stderr: `v6only: there is no process ${pid}\n` };
    expect(await ls('--pid', pid)).toEqual(ended);
    expect(await ls('--pid', pid, '--json')).toEqual(ended);
  });

  it.skipIf(noNamespaces !== null)(withReason('sees its own network namespace', noNamespaces), async () => {
    const ended = await runInNamespace([], [process.execPath, BIN, 'ls', '--all']);
    expect(ended).toEqual({ status: 0, stdout: 'No TCP or UDP socket.\n', stderr: '' });
  });

  const TERMINAL = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ])('fits a terminal; colours there: %j', async (env, color) => {
    const script = `stty cols 52; exec ${process.execPath} ${BIN} ls --pid ${zoo.pid}`;
    const extra = { TERM: 'xterm', NO_COLOR: '', ...env };
    const ended = await run('python3', ['-c', TERMINAL, 'sh', '-c', script], { env: extra });
    expect(ended.status).toBe(0);
    expect(ended.stdout.includes('\u001b[')).toBe(color);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
    const lines = ended.stdout.replace(/\u001b\[\d+m/g, '').split('\r\n');
    expect(lines[0]).toMatch(/^Proto/);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(52);
  });
});

describe('wrong usage of ls', () => {
  it.each([
    [['--port', '80x'], '--port takes a whole number from 1 to 65535, found "80x"'],
    [['--port', '-1'], '--port takes a whole number from 1 to 65535, found "-1"'],
    [['--port=-1'], 'found "-1"'],
    [['--port', '0'], 'found "0"'],
    [['--port', '65536'], 'found "65536"'],
    [['--port', '1e3'], 'found "1e3"'],
    [['--port', ' 80'], 'found " 80"'],
    [['--port', ''], 'found ""'],
    [['--port'], '--port'],
    [['--port', '--all'], '--port'],
    [['--pid', '0x10'], '--pid takes a whole number from 1 to 2147483647, found "0x10"'],
    [['--pid', '2147483648'], 'found "2147483648"'],
    [['--all=yes'], '--all'],
    [['80'], 'ls takes no argument, found "80"'],
    [['--expect', 'dual'], "Unknown option '--expect'"],
  ])('%j', async (args, says) => {
    const { status, stdout, stderr } = await ls(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^[^\n]+; see v6only ls --help\n$/);
  });

  it('takes its options before its name too, and other commands do not take them', async () => {
    expect((await runNode([BIN, '--port', '1', 'ls'])).status).toBe(0);
    expect((await runNode([BIN, 'doctor', '--port', '1'])).stderr).toContain("Unknown option '--port'");
  });
});
