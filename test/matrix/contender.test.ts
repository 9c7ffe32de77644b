/** One socket of the bind matrix: what it does on this kernel, and the codes of what fails. */
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { addon } from '../../src/kernel/addon';
import { BINDS, type BindName, type BindProtocol, type BindReuse } from '../../src/matrix/bind-outcome';
import { Contender } from '../../src/matrix/contender';
import { cleanUp, closing, descriptorsOfThisTest, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { listeners, within } from '../harness/peers';
import { pause, tryConnect, until } from '../harness/sockets';

expectNoLeaks();

function contender(protocol: BindProtocol, name: BindName, reuse: BindReuse = 'none'): Contender {
  const bind = BINDS.find((one) => one.name === name);
  if (bind === undefined) throw new Error(`no ${name}`);
  return closing(new Contender({ protocol, reuse, bind }));
}

const ANY4 = '0.0.0.0';
const ONLY = '[::] v6only=1';
const DUAL = '[::] v6only=0';
const nobody = (): void => undefined;

describe.each(['tcp', 'udp'] as const)('Contender: %s', (protocol) => {
  it('has a port as long as it is bound', () => {
    const one = contender(protocol, ONLY);
    expect(one.port()).toBe(0);
    expect(one.bind(0)).toBe('ok');
    expect(one.port()).toBeGreaterThan(0);
    expect(listeners(one.port(), protocol)).toEqual(protocol === 'udp' ? ['[::] v6only:1'] : []);
    one.close();
    expect([one.port(), socketsOfThisTest()]).toEqual([0, []]);
  });

  it.each([
    [ANY4, ONLY, 'ok'],
    [ANY4, DUAL, 'EADDRINUSE'],
    [ONLY, DUAL, 'EADDRINUSE'],
    ['[::1]', '127.0.0.1', 'ok'],
    ['[::ffff:127.0.0.1]', '127.0.0.1', 'EADDRINUSE'],
    ['[::ffff:127.0.0.1]', '[::1]', 'ok'],
  ] as const)('%s, then %s on its port: %s', (first, second, result) => {
    const one = contender(protocol, first);
    expect(one.bind(0)).toBe('ok');
    expect(contender(protocol, second).bind(one.port())).toBe(result);
  });

  it.each([
    ['none', 'EADDRINUSE'],
    ['reuseaddr', 'ok'],
    ['reuseport', 'ok'],
  ] as const)('both with %s: %s', (reuse, result) => {
    const one = contender(protocol, ONLY, reuse);
    expect(one.bind(0)).toBe('ok');
    expect(contender(protocol, ONLY, reuse).bind(one.port())).toBe(result);
  });

  it('what is bound already cannot be bound again, and nothing is lost', () => {
    const one = contender(protocol, ONLY);
    one.bind(0);
    const taken = contender(protocol, ONLY);
    expect(taken.bind(one.port())).toBe('EADDRINUSE');
    taken.close();
    taken.close();
    expect(socketsOfThisTest()).toHaveLength(1);
  });
});

describe('Contender: listening', () => {
  it.each([
    ['reuseport', 'ok'],
    ['reuseaddr', 'EADDRINUSE'],
  ] as const)('two with %s: %s', (reuse, result) => {
    const one = contender('tcp', ONLY, reuse);
    one.bind(0);
    const port = one.port();
    const two = contender('tcp', ONLY, reuse);
    two.bind(port);
    expect(one.listen(nobody)).toBe('ok');
    expect(two.listen(nobody)).toBe(result);
    expect(listeners(port)).toHaveLength(result === 'ok' ? 2 : 1);
  });

  it('says which client came', async () => {
    const one = contender('tcp', DUAL);
    one.bind(0);
    const port = one.port();
    const came: number[] = [];
    expect(one.listen((peer) => came.push(peer))).toBe('ok');
    const ports = [];
    for (const host of ['::1', '127.0.0.1']) {
      const client = net.connect(port, host);
      cleanUp(() => client.destroy());
      await once(client, 'connect');
      ports.push(client.localPort);
      await until(() => came.length === ports.length);
    }
    expect(came).toEqual(ports);
    one.close();
    expect(await tryConnect('::1', port)).toBe('ECONNREFUSED');
  });

  it('is nothing for UDP, nor before it is opened', () => {
    const one = contender('udp', ONLY);
    one.bind(0);
    expect(one.listen(nobody)).toBeNull();
    expect(contender('tcp', ONLY).listen(nobody)).toBeNull();
    expect(one.port()).toBeGreaterThan(0);
  });

  it('on a descriptor that is gone is a code', () => {
    const one = contender('tcp', ONLY);
    one.bind(0);
    const [fd = -1] = descriptorsOfThisTest();
    addon().close(fd);
    expect(one.listen(nobody)).toMatch(/^E[A-Z]+$/);
  });
});

describe('Contender: reading', () => {
  it.each([
    ['0.0.0.0', '127.0.0.1', 'udp4'],
    [ONLY, '::1', 'udp6'],
    [DUAL, '127.0.0.1', 'udp4'],
  ] as const)('%s says from which port %s sent', async (name, host, type) => {
    const one = contender('udp', name);
    one.bind(0);
    const port = one.port();
    const came = new Promise<number>((resolve) => one.read(resolve));
    const client = closing(dgram.createSocket(type));
    client.send('x', port, host);
    await once(client, 'listening');
    expect(await within(came)).toBe(client.address().port);
    one.close();
    expect(listeners(port, 'udp')).toEqual([]);
  });

  it('is nothing for TCP, nor before it is opened', async () => {
    const one = contender('tcp', ONLY);
    one.bind(0);
    one.read(nobody);
    expect(one.port()).toBeGreaterThan(0);
    contender('udp', ONLY).read(nobody);
    await pause(20);
    expect(socketsOfThisTest()).toHaveLength(1);
  });

  it('in a cluster worker no primary is asked for it', async () => {
    const { isWorker } = cluster;
    const getServer: unknown = Reflect.get(cluster, '_getServer');
    cleanUp(() => Object.assign(cluster, { isWorker, _getServer: getServer }));
    let asked = 0;
    Object.assign(cluster, { isWorker: true, _getServer: () => asked++ });
    const one = contender('udp', ONLY);
    one.bind(0);
    one.read(nobody);
    await pause(20);
    expect(asked).toBe(0);
  });

  it('an error of the socket is left to the client', () => {
    const one = contender('udp', '127.0.0.1');
    one.bind(0);
    const { createSocket } = dgram;
    let made: dgram.Socket | undefined;
    cleanUp(() => Object.assign(dgram, { createSocket }));
    Object.assign(dgram, {
      createSocket: (type: dgram.SocketType) => {
        made = createSocket(type);
        return made;
      },
    });
    one.read(nobody);
    expect(made?.emit('error', new Error('of the socket'))).toBe(true);
  });
});
