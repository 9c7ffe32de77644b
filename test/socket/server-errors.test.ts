/** Failing `listen()` after `setV6Only`: Node's own error and events, one field more, and a server that goes on. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { cleanUp, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { json, packageRoot, runNode } from '../harness/node-child';
import { addressOf, closed, listening, newServer, observe } from '../harness/servers';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const VALUES = [true, false];

/** How to listen so that it fails; the port is one that a dual-stack server holds. */
const FAILURES: readonly [string, string, (port: number) => unknown[]][] = [
  ['EADDRINUSE without host', 'EADDRINUSE', (port) => [port]],
  ['EADDRINUSE with ::', 'EADDRINUSE', (port) => [port, '::']],
  ['EADDRINUSE with ::1', 'EADDRINUSE', (port) => [{ port, host: '::1' }]],
  ['EADDRNOTAVAIL', 'EADDRNOTAVAIL', () => [0, '2001:db8::1']],
  ['a zone that does not exist', 'EINVAL', () => [0, 'fe80::1%nosuchzone']],
];

describe.each(VALUES)('setV6Only(server, %s)', (value) => {
  describe.each(FAILURES)('%s', (_name, code, args) => {
    const holder = async () => addressOf(await listening(newServer(), 0)).port;
    const listen = (port: number) => (server: net.Server, cb: () => void) =>
      Reflect.apply(server.listen, server, [...args(port), cb]);

    it('has the events and the error fields of a stock server', async () => {
      const port = await holder();
      const servers = [newServer(), setV6Only(newServer(), value)] as const;
      const [stock, ours] = await Promise.all([
        observe(servers[0], listen(port)),
        observe(servers[1], listen(port)),
      ]);
      expect(ours).toEqual(stock);
      expect(ours.error?.code).toBe(code);
      expect(ours.events.filter((event) => event === 'error')).toHaveLength(1);
    });

    it('carries a reason, and the kernel error as Node words it', async () => {
      const port = await holder();
      const server = setV6Only(newServer(), value);
      listen(port)(server, () => undefined);
      const { error } = await outcome(server);
      expect(error).toMatchObject({ code, reason: 'bind-failed', syscall: 'listen' });
      expect(error?.message).toContain(code);
      expect(socketsOfThisTest()).toHaveLength(1);
    });

    it('leaves a server that can listen again, as asked', async () => {
      const server = setV6Only(newServer(), value);
      listen(await holder())(server, () => undefined);
      await outcome(server);
      await listening(server, 0);
      expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    });

    it('lets close(cb) call back as on a stock server', async () => {
      const port = await holder();
      const results = [];
      for (const server of [newServer(), setV6Only(newServer(), value)]) {
        listen(port)(server, () => undefined);
        const { events } = await outcome(server);
        results.push([events, (await closed(server))?.message]);
      }
      expect(results[1]).toEqual(results[0]);
    });
  });

  it('listens again from its error listener', async () => {
    const { port } = addressOf(await listening(newServer(), 0));
    const server = setV6Only(newServer(), value);
    server.once('error', () => server.listen(0));
    server.listen(port);
    const { events } = await outcome(server);
    expect(events).toEqual(['error', 'listening']);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it('not-ipv6 has the order of events that a failed bind has', async () => {
    const { port } = addressOf(await listening(newServer(), 0));
    const run = (server: net.Server, host: string) => observe(server, (s, cb) => s.listen(port, host, cb));
    const stock = await run(newServer(), '127.0.0.1');
    const { error, ...ours } = await run(setV6Only(newServer(), value), '127.0.0.1');
    const { error: theirs, ...others } = stock;
    expect(ours).toEqual(others);
    expect(Object.keys(error ?? {}).sort()).toEqual(Object.keys(theirs ?? {}).sort());
    expect(error).toMatchObject({ code: 'ENOPROTOOPT', address: '127.0.0.1', port });
  });

  it('an uncaught one is thrown as Node throws it: there is nobody who swallows it', async () => {
    const code = `
      const { setV6Only } = require(${JSON.stringify(packageRoot)});
      process.on('uncaughtException', (e) => console.log(JSON.stringify([e.code, e.reason])));
      setV6Only(require('net').createServer(), ${value}).listen(0, '127.0.0.1');`;
    expect(json(await runNode(['-e', code]))).toEqual(['ENOPROTOOPT', 'not-ipv6']);
  });
});

describe('setV6Only(): a path', () => {
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'v6only-'));
    cleanUp(() => rmSync(made, { recursive: true }));
    return made;
  };

  it.each(
    VALUES.flatMap((value) => ['(path)', '({ path })', 'abstract'].map((form) => [value, form] as const)),
  )('after %s, as %s, is not-ipv6 and leaves no file', async (value, form) => {
    const path = form === 'abstract' ? '\0v6only-test' : join(folder(), 'socket');
    const server = setV6Only(newServer(), value);
    if (form === '({ path })') server.listen({ path, readableAll: true, writableAll: true });
    else server.listen(path);
    expect(server.listening).toBe(false);
    const { events, error } = await outcome(server);
    expect(events).toEqual(['error']);
    expect(error).toMatchObject({
      code: 'ENOPROTOOPT',
      reason: 'not-ipv6',
      syscall: 'listen',
      address: path,
    });
    expect(error).not.toHaveProperty('port');
    expect([existsSync(path), socketsOfThisTest()]).toEqual([false, []]);
    await listening(server, 0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });
});

const unprivileged = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));

it.for(VALUES)('setV6Only(): EACCES of a user without privileges, with %s', async (value, ctx) => {
  if (process.getuid?.() !== 0 || unprivileged <= 1) ctx.skip('needs root, and ports that need root');
  const code = `
    const net = require('net');
    const { setV6Only, platformDefaults } = require(${JSON.stringify(packageRoot)});
    platformDefaults();
    process.setgid(65534); process.setuid(65534);
    const fail = (server, ...args) => new Promise((done) => {
      server.once('error', (e) => done({ ...e, message: e.message })).listen(...args);
    });
    (async () => console.log(JSON.stringify([
      await fail(net.createServer(), 1, '::'),
      await fail(setV6Only(net.createServer(), ${value}), 1, '::'),
      await fail(setV6Only(net.createServer(), ${value}), 1),
    ])))();`;
  const [stock, ours, noHost] = json<Record<string, unknown>[]>(await runNode(['-e', code]));
  expect(ours).toEqual({ ...stock, reason: 'bind-failed' });
  // Node itself would have tried 0.0.0.0 and reported that.
  expect(noHost).toEqual({ ...stock, reason: 'bind-failed' });
});
