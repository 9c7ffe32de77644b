/** v6only/register: an unmodified program gets the policy of V6ONLY_STACK, and notices nothing else. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { type Ended, json, packageRoot, repositoryRoot, runNode } from '../harness/node-child';
import { withReason } from '../harness/skips';

const PROGRAM = join(repositoryRoot, 'test/fixtures/unmodified.cjs');
const REGISTER = join(packageRoot, 'dist/register.js');

type Seen = Record<string, string>;
interface Report {
  here: Seen;
  thread?: Seen;
  cluster?: string;
}

/** What the wildcard becomes; everything else is as stock. */
const WILDCARD: Record<string, { tcp: string; udp: string }> = {
  '': { tcp: 'dual', udp: 'dual' },
  dual: { tcp: 'dual', udp: 'dual' },
  system: { tcp: 'dual', udp: 'dual' },
  ipv6: { tcp: 'ipv6', udp: 'ipv6' },
  split: { tcp: 'ipv4 and ipv6', udp: 'ipv6' },
};

function expected({ tcp, udp }: { tcp: string; udp: string }): Seen {
  return {
    'listen(0)': `${tcp}, at once`,
    "listen(0, '')": `${tcp}, at once`,
    "listen(0, '::')": tcp,
    "listen(0, '::1')": '[::1]',
    "listen(0, '127.0.0.1')": '127.0.0.1',
    'ipv6Only: false': 'dual',
    path: 'path, at once',
    'a path beside an undefined port': `${tcp}, at once`,
    'udp6 bind': udp,
    'udp6 send': udp,
    'udp6 on ::1': '[::1]',
    'udp6 ipv6Only: true': 'ipv6',
  };
}

describe.each(Object.entries(WILDCARD))('v6only/register: V6ONLY_STACK=%s', (stack, outcome) => {
  const env = { V6ONLY_STACK: stack };

  it.each([
    ['--require', 'v6only/register'],
    ['--import', 'v6only/register'],
  ])('%s %s, in the program and in worker threads', async (flag, name) => {
    const result = await runNode([flag, name, PROGRAM, 'all'], { env });
    const report = json<Report>(result);
    expect(report.here).toEqual(expected(outcome));
    expect(report.thread).toEqual(expected(outcome));
    expect(report.cluster?.replace(', at once', '')).toBe(outcome.tcp);
    expect(result.stderr).toBe('');
  });

  it('by the path of register-path in NODE_OPTIONS, from another folder', async () => {
    const printed = await runNode([join(packageRoot, 'dist/bin.js'), 'register-path']);
    expect(printed.stdout).toBe(`${REGISTER}\n`);
    const options = { cwd: '/', env: { ...env, NODE_OPTIONS: `--require ${REGISTER}` } };
    expect(json<Report>(await runNode([PROGRAM], options)).here).toEqual(expected(outcome));
  });
});

describe.skipIf(noNamespaces !== null)(withReason('v6only/register: with bindv6only=1', noNamespaces), () => {
  const CASES = [
    ['', 'dual', 'ipv6'],
    ['dual', 'dual', 'dual'],
    ['system', 'ipv6', 'ipv6'],
    ['split', 'ipv4 and ipv6', 'ipv6'],
  ] as const;
  it.each(CASES)('V6ONLY_STACK=%s: TCP %s, UDP %s', async (stack, tcp, udp) => {
    const setup = [LO_UP, 'sysctl -qw net.ipv6.bindv6only=1', `export V6ONLY_STACK=${stack}`];
    const result = await runInNamespace(setup, [process.execPath, '--require', REGISTER, PROGRAM]);
    expect(json<Report>(result).here).toMatchObject({ 'listen(0)': `${tcp}, at once`, 'udp6 bind': udp });
  });
});

/** A worker that leaves before its socket is there ends Node's primary, with or without us: no frame is ours. */
function isNodesOwnCrash({ stderr }: Ended): boolean {
  return /node:internal\/cluster\/round_robin_handle/.test(stderr) && !stderr.includes(packageRoot);
}

const ATTEMPTS = 5;

async function runPastNodesCrash(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  let result = await runNode(args, { env });
  for (let i = 1; i < ATTEMPTS && isNodesOwnCrash(result); i++) result = await runNode(args, { env });
  return result;
}

describe.each(['SCHED_RR', 'SCHED_NONE'])(
  'v6only/register: a worker of %s that changes its mind before the primary answers',
  (policy) => {
    const program = join(repositoryRoot, 'test/fixtures/register-twice.cjs');
    it.each(['close', 'listen', 'close, listen'])(
      'listen, %s: as without it',
      async (then) => {
        const stock = json(await runPastNodesCrash([program, then, policy]));
        expect(stock).toMatchObject({ status: 0 });
        for (const stack of ['split', 'ipv6', 'dual', 'system']) {
          const env = { NODE_OPTIONS: `--require ${REGISTER}`, V6ONLY_STACK: stack };
          const result = await runPastNodesCrash([program, then, policy], env);
          expect(result, stack).toMatchObject({ stderr: '' });
          expect(json(result), stack).toEqual(stock);
        }
      },
      60_000,
    );
  },
);

describe('v6only/register: what a program could tell it by', () => {
  const ASK = `
    const net = require('node:net'); const dgram = require('node:dgram');
    const { listen, _listen2 } = net.Server.prototype;
    const server = net.createServer(); const socket = dgram.createSocket('udp6');
    const keys = []; for (const key in server) keys.push(key); for (const key in socket) keys.push(key);
    console.log(JSON.stringify([listen.name, listen.length, _listen2.name, _listen2.length, keys,
      Object.keys(net.Server.prototype), Object.getOwnPropertyNames(server), server.eventNames()]));
    socket.close();`;
  it.each(['dual', 'ipv6', 'split'])('V6ONLY_STACK=%s leaves names, lengths and keys', async (stack) => {
    const stock = await runNode(['-e', ASK]);
    const ours = await runNode(['--require', REGISTER, '-e', ASK], { env: { V6ONLY_STACK: stack } });
    const known = (text: string) =>
      JSON.parse(text)
        .flat()
        .filter((key: string) => !['bind', 'bindSync', 'emit'].includes(key));
    expect(known(ours.stdout)).toEqual(known(stock.stdout));
  });

  it('EADDRINUSE is the same error as stock', async () => {
    const held = `
      const net = require('node:net');
      const first = net.createServer().listen(0, () => {
        const { port } = first.address();
        net.createServer().on('error', (e) => {
          console.log(JSON.stringify([e.code, e.errno, e.syscall, e.message.replaceAll(port, 'PORT')]));
          first.close();
        }).listen(port);
      });`;
    const stock = await runNode(['-e', held]);
    for (const stack of ['dual', 'split', 'ipv6']) {
      const ours = await runNode(['--require', REGISTER, '-e', held], { env: { V6ONLY_STACK: stack } });
      // Where the policy binds, the message also says what is in the way.
      expect(ours.stdout.replace(/ \(in the way.*\)/, ''), stack).toBe(stock.stdout);
      if (stack === 'dual') expect(ours.stdout).toBe(stock.stdout);
    }
  });
});

describe('v6only/register: what stops a program at its start', () => {
  const LINE = /^v6only\/register: [^\n]+\n$/;

  it.each(['--require', '--import'])('an unknown stack, in one line: %s', async (flag) => {
    const args = [flag, 'v6only/register', '-e', 'console.log("ran")'];
    for (const stack of ['both', 'IPv6', ' ', 'ipv6 ', '__proto__']) {
      const result = await runNode(args, { env: { V6ONLY_STACK: stack } });
      expect(result, stack).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr, stack).toMatch(/V6ONLY_STACK.*must be one of split, ipv6, dual, system/);
      expect(result.stderr, stack).toMatch(LINE);
    }
  });

  it('nothing where V6ONLY_STACK is not set, also without an addon', async () => {
    const args = ['--no-addons', '--require', REGISTER, '-e', 'console.log("ran")'];
    const { V6ONLY_STACK: _stack, ...env } = process.env;
    expect(await runNode(args, { env })).toEqual({ status: 0, stdout: 'ran\n', stderr: '' });
  });

  it('a missing addon, but only where a stack was asked for', async () => {
    const args = ['--no-addons', '--require', REGISTER, '-e', 'console.log("ran")'];
    expect(await runNode(args, { env: { V6ONLY_STACK: '' } })).toMatchObject({ status: 0, stdout: 'ran\n' });
    const refused = await runNode(args, { env: { V6ONLY_STACK: 'dual' } });
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(LINE) });
    expect(refused.stderr).toMatch(/--no-addons/);
  });
});
