/** net.Socket and TLSSocket in every state: what setV6Only, getV6Only and describeSocket say of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, type SocketTarget, setV6Only } from '../../src/index';
import { witness } from '../harness/inherited';
import { cleanUp, closing, descriptorsOfThisTest, expectNoLeaks } from '../harness/leaks';
import { addressOf, certificate, listening, newServer } from '../harness/servers';

expectNoLeaks();

const CALLS: readonly [string, (target: SocketTarget) => unknown][] = [
  ['setV6Only true', (target) => setV6Only(target, true)],
  ['setV6Only false', (target) => setV6Only(target, false)],
  ['getV6Only', getV6Only],
  ['describeSocket', describeSocket],
];

function reasonOf(call: (target: SocketTarget) => unknown, target: SocketTarget): unknown {
  try {
    call(target);
    return 'no error';
  } catch (error) {
    const { code, reason } = error as NodeJS.ErrnoException & { reason?: string };
    return reason === undefined ? error : `${code} ${reason}`;
  }
}

function destroying<T extends Duplex>(socket: T): T {
  socket.on('error', () => undefined);
  cleanUp(() => socket.destroy());
  return socket;
}

/** Both ends of a connection to a fresh server with the value. */
async function connected(
  value: boolean,
  host: string,
): Promise<{ client: net.Socket; accepted: net.Socket }> {
  const server = closing(net.createServer());
  await listening(setV6Only(server, value), 0);
  const client = destroying(net.connect(addressOf(server).port, host));
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  return { client, accepted: destroying(accepted) };
}

describe.each(CALLS)('%s', (_name, call) => {
  it('an unconnected net.Socket is not open yet', () => {
    expect(reasonOf(call, destroying(new net.Socket()))).toBe('EBADF not-open-yet');
  });

  it('a net.Socket that is connecting is not open yet', async () => {
    const { port } = addressOf(await listening(newServer(), 0));
    for (const host of ['::1', 'localhost']) {
      const socket = destroying(net.connect(port, host));
      expect(socket.connecting).toBe(true);
      expect(reasonOf(call, socket)).toBe('EBADF not-open-yet');
    }
  });

  it('a destroyed one is closed, before and after its close event', async () => {
    const { client, accepted } = await connected(false, '::1');
    for (const socket of [client, accepted, new net.Socket()]) {
      socket.destroy();
      expect(reasonOf(call, socket)).toBe('EBADF closed');
      await new Promise(setImmediate);
      expect(reasonOf(call, socket)).toBe('EBADF closed');
    }
  });

  it('a pipe to a child, and a connection over AF_UNIX, are not IPv6', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(child, 'close');
    expect(reasonOf(call, child.stdin as net.Socket)).toBe('ENOPROTOOPT not-ipv6');
    child.stdin.end();
    child.stdout.resume();
    await ended;
    const path = `\0v6only-connections-${process.pid}`;
    const server = await listening(closing(net.createServer((socket) => void destroying(socket))), path);
    const socket = destroying(net.connect(path));
    await once(socket, 'connect');
    expect(reasonOf(call, socket)).toBe('ENOPROTOOPT not-ipv6');
    expect(reasonOf(call, server)).toBe('ENOPROTOOPT not-ipv6');
  });

  it('a TLSSocket over a stream that is no socket', () => {
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    for (const options of [{}, { isServer: true, ...certificate() }]) {
      const socket = destroying(new tls.TLSSocket(stream as net.Socket, options));
      expect(reasonOf(call, socket)).toBe('ENOTSOCK not-a-socket');
      socket.destroy();
      expect(reasonOf(call, socket)).toBe('EBADF closed');
    }
  });

  it('a net.Socket whose connect failed is closed', async () => {
    const socket = net.connect(1, '::1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(reasonOf(call, socket)).toBe('EBADF closed');
  });
});

describe.each([
  ['over ::1', '::1', ['IPv6']],
  ['over IPv4', '127.0.0.1', ['IPv4']],
] as const)('getV6Only() of a connection %s to a dual-stack server', (_what, host, accepts) => {
  it('an accepted socket has the kernel’s value, and takes no other', async () => {
    const { accepted } = await connected(false, host);
    expect(getV6Only(accepted)).toBe(false);
    expect(setV6Only(accepted, false)).toBe(accepted);
    const mapped = host === '127.0.0.1';
    // Beyond a mapped address, the option decides nothing for one IPv6 address.
    expect(reasonOf((s) => setV6Only(s, true), accepted)).toBe(mapped ? 'EINVAL already-bound' : 'no error');
    expect(describeSocket(accepted)).toMatchObject({
      family: 'IPv6',
      type: 'tcp',
      state: 'connected',
      local: { address: mapped ? '::ffff:127.0.0.1' : '::1', port: accepted.localPort },
      peer: { address: mapped ? '::ffff:127.0.0.1' : '::1', port: accepted.remotePort },
      v6Only: false,
      accepts,
    });
  });

  it('its client is what it connected as', async () => {
    const { client } = await connected(false, host);
    if (host === '127.0.0.1') {
      expect(reasonOf(getV6Only, client)).toBe('ENOPROTOOPT not-ipv6');
      expect(describeSocket(client)).toMatchObject({
        family: 'IPv4',
        state: 'connected',
        v6Only: null,
        accepts,
      });
    } else {
      const [value] = descriptorsOfThisTest()
        .map((fd) => witness(fd))
        .filter((seen) => seen.listening === 0);
      expect(getV6Only(client)).toBe(value?.v6only === 1);
      expect(describeSocket(client)).toMatchObject({ family: 'IPv6', state: 'connected', accepts });
    }
  });
});

it('getV6Only() of a socket accepted by an IPv6-only server', async () => {
  const { accepted } = await connected(true, '::1');
  expect(getV6Only(accepted)).toBe(true);
  expect(describeSocket(accepted)).toMatchObject({ state: 'connected', v6Only: true, accepts: ['IPv6'] });
});

it('getV6Only() and describeSocket(): connections stay readable when the server is closed, and half closed', async () => {
  const { client, accepted } = await connected(true, '::1');
  client.end();
  accepted.resume();
  expect(getV6Only(accepted)).toBe(true);
  expect(describeSocket(accepted).state).toBe('connected');
});

it.each([true, false])('getV6Only() of a TLSSocket over a real socket, both ends (%s)', async (value) => {
  const server = closing(setV6Only(tls.createServer(certificate()), value));
  await listening(server, 0);
  const client = destroying(
    tls.connect({ port: addressOf(server).port, host: '::1', rejectUnauthorized: false }),
  );
  const [[accepted]] = await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')]);
  destroying(accepted);
  expect(getV6Only(accepted)).toBe(value);
  expect(describeSocket(accepted)).toMatchObject({ family: 'IPv6', state: 'connected', v6Only: value });
  expect(describeSocket(client)).toMatchObject({ family: 'IPv6', state: 'connected' });
  client.destroy();
  expect(reasonOf(getV6Only, client)).toBe('EBADF closed');
});
