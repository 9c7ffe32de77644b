/** A descriptor from nothing but an object's ref(), through libuv's list of handles. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { addon } from '../../src/kernel/addon';
import { errno } from '../harness/kernels';
import { closing, descriptorsOfThisTest, expectNoLeaks } from '../harness/leaks';
import { json, run } from '../harness/node-child';
import { nodeBinary, noNode } from '../harness/node-versions';
import { addressOf, certificate, closed, KINDS, listening, newServer } from '../harness/servers';
import { withReason } from '../harness/skips';

expectNoLeaks();

interface Target {
  ref(): unknown;
  unref(): unknown;
}

interface Handle {
  fd: number;
  hasRef(): boolean;
}

const handleOf = (target: object): Handle => Reflect.get(target, '_handle');
const find = (target: Target) => addon().findDescriptor(target, target.ref, target.unref);

/** What a server is referenced like: its handle, and what it does when it listens again. */
const stateOf = (target: object) => [handleOf(target).hasRef(), Reflect.get(target, '_unref')];

describe('findDescriptor(): finds the descriptor of', () => {
  it.each(KINDS)('a %s server, referenced and not', async (_, make) => {
    const server = await listening(closing(make()), 0);
    await listening(newServer(), 0);
    for (const unreferenced of [false, true, true, false]) {
      if (unreferenced) server.unref();
      else server.ref();
      expect(find(server)).toBe(handleOf(server).fd);
      expect(stateOf(server)).toEqual([!unreferenced, unreferenced]);
    }
  });

  it('a server that was unreferenced before it listened', async () => {
    const server = newServer().unref();
    await listening(server, 0);
    expect(find(server)).toBe(handleOf(server).fd);
    expect(stateOf(server)).toEqual([false, true]);
  });

  it('a server on a path', async () => {
    const server = await listening(newServer(), join(tmpdir(), `v6only-${process.pid}.sock`));
    expect(find(server)).toBe(handleOf(server).fd);
  });

  it('both ends of a TLS connection', async () => {
    const server = closing(tls.createServer(certificate()));
    await listening(server, 0, '127.0.0.1');
    const client = tls.connect({
      port: addressOf(server).port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    const [accepted] = (await once(server, 'secureConnection')) as [tls.TLSSocket];
    const ends = [find(client), find(accepted)];
    expect(ends).toEqual([handleOf(client).fd, handleOf(accepted).fd]);
    client.destroy();
    accepted.destroy();
  });

  it("Node's own handle of a server", async () => {
    const server = await listening(newServer(), 0);
    const handle = Reflect.get(server, '_handle');
    expect(find(handle)).toBe(handle.fd);
  });

  it('each of two udp6 sockets on one port', async () => {
    const sockets = [0, 1].map(() => closing(dgram.createSocket({ type: 'udp6', reuseAddr: true })));
    const [first, second] = sockets as [dgram.Socket, dgram.Socket];
    await once(first.bind(0), 'listening');
    const [fd] = descriptorsOfThisTest();
    await once(second.bind(first.address().port), 'listening');
    const others = descriptorsOfThisTest().filter((one) => one !== fd);
    expect([find(first), find(second)]).toEqual([fd, ...others]);
  });
});

describe('findDescriptor(): never gives another descriptor for', () => {
  it('a server that does not listen, and one that has closed', async () => {
    await listening(newServer(), 0);
    expect(find(net.createServer())).toBe(errno('ENOENT'));
    const server = await listening(net.createServer(), 0);
    await closed(server);
    expect(find(server)).toBe(errno('ENOENT'));
  });

  it('a udp6 socket that is not bound', () => {
    expect(find(closing(dgram.createSocket('udp6')))).toBe(errno('EBADF'));
  });

  it('a timer', () => {
    const timer = setTimeout(() => undefined, 1000);
    expect(find(timer)).toBe(errno('ENOENT'));
    clearTimeout(timer);
  });

  it('what closes in ref()', async () => {
    const server = await listening(newServer(), 0);
    const closes = () => {
      server.ref();
      server.close();
    };
    expect(addon().findDescriptor(server, closes, server.unref)).toBe(errno('EBADF'));
  });

  it('what opens another one in ref()', async () => {
    const server = await listening(newServer(), 0);
    const opens = () => {
      newServer().listen(0);
      server.ref();
    };
    expect(addon().findDescriptor(server, opens, server.unref)).toBe(handleOf(server).fd);
  });

  it('what looks for itself in ref()', async () => {
    const [server, other] = [await listening(newServer(), 0), await listening(newServer(), 0)];
    const found: number[] = [];
    const looks = () => {
      found.push(find(server), find(other));
      return server.ref();
    };
    expect(addon().findDescriptor(server, looks, server.unref)).toBe(handleOf(server).fd);
    expect(found).toEqual([handleOf(server).fd, handleOf(other).fd]);
    expect([handleOf(server).hasRef(), handleOf(other).hasRef()]).toEqual([true, true]);
  });
});

describe.each([20, 22, 24, 26])('findDescriptor(): on Node %i', (major) => {
  const node = nodeBinary(major);
  const title = withReason('finds each of 1,001 sockets, in three threads at once', noNode(major));
  it.skipIf(node === null)(
    title,
    async () => {
      const fixture = join(__dirname, '../fixtures/find-descriptor.cjs');
      const ended = await run(node ?? '', [fixture, '500'], { timeoutMs: 60_000 });
      expect(json(ended)).toEqual(Array(3).fill({ targets: 1001, wrong: [] }));
      expect(ended).toMatchObject({ status: 0, stderr: '' });
    },
    70_000,
  );
});
