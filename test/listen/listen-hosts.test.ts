/** `host`: names with several addresses, arrays, spellings, zones, mapped addresses. */
import { describe, expect, it } from 'vitest';
import { type ListenOptions, listen } from '../../src/index';
import { expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { listeners, rejection } from '../harness/peers';
import { addressOf, newServer } from '../harness/servers';
import { tryConnect } from '../harness/sockets';

expectNoLeaks();

const V6 = '[::1] v6only:1';
const NAMES: Readonly<Record<string, string[]>> = {
  'both.test': ['127.0.0.1', '::1'],
  'many.test': ['127.0.0.1', '127.0.0.2', '::1', '127.0.0.2'],
  'ipv4.test': ['127.0.0.1'],
  'ipv6.test': ['::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
};

interface Row {
  host: string | string[];
  options?: ListenOptions;
  /** By ss, IPv6 first. */
  ss: string[];
  sockets: string[];
}

const ROWS: readonly Row[] = [
  { host: '::1', ss: [V6], sockets: ['::1'] },
  { host: '127.0.0.1', ss: ['127.0.0.1'], sockets: ['127.0.0.1'] },
  { host: ['127.0.0.1', '::1'], ss: [V6, '127.0.0.1'], sockets: ['::1', '127.0.0.1'] },
  { host: ['::1', '127.0.0.1'], ss: [V6, '127.0.0.1'], sockets: ['::1', '127.0.0.1'] },
  { host: ['::1', '0:0:0:0:0:0:0:1', '0::1', '::0001'], ss: [V6], sockets: ['::1'] },
  { host: ['127.0.0.1', '127.0.0.1'], ss: ['127.0.0.1'], sockets: ['127.0.0.1'] },
  { host: ['127.0.0.1', '127.0.0.2'], ss: ['127.0.0.1', '127.0.0.2'], sockets: ['127.0.0.1', '127.0.0.2'] },
  { host: 'both.test', ss: [V6, '127.0.0.1'], sockets: ['::1', '127.0.0.1'] },
  { host: ['both.test', '::1', 'ipv6.test'], ss: [V6, '127.0.0.1'], sockets: ['::1', '127.0.0.1'] },
  {
    host: 'many.test',
    ss: [V6, '127.0.0.1', '127.0.0.2'],
    sockets: ['::1', '127.0.0.1', '127.0.0.2'],
  },
  { host: ['ipv4.test', 'ipv6.test'], ss: [V6, '127.0.0.1'], sockets: ['::1', '127.0.0.1'] },
  { host: '::', ss: ['[::] v6only:1', '0.0.0.0'], sockets: ['::', '0.0.0.0'] },
  { host: '::', options: { stack: 'ipv6' }, ss: ['[::] v6only:1'], sockets: ['::'] },
  { host: '0.0.0.0', ss: ['0.0.0.0'], sockets: ['0.0.0.0'] },
  { host: ['::', '0.0.0.0'], ss: ['[::] v6only:1', '0.0.0.0'], sockets: ['::', '0.0.0.0'] },
  { host: ['::', '0::0'], options: { stack: 'dual' }, ss: ['* v6only:0'], sockets: ['::'] },
  { host: '', ss: ['[::] v6only:1', '0.0.0.0'], sockets: ['::', '0.0.0.0'] },
  {
    host: ['::1', '127.0.0.1'],
    options: { stack: 'dual', required: 'both' },
    ss: [V6, '127.0.0.1'],
    sockets: ['::1', '127.0.0.1'],
  },
];

const stubAll = () => {
  for (const [name, addresses] of Object.entries(NAMES)) stubLookup(name, () => found(...addresses));
};

it.each(ROWS)('listen() on host $host, with $options', async ({ host, options, ss, sockets }) => {
  stubAll();
  const server = newServer();
  const { port, ...rest } = await listen(server, { host, ...options });
  expect(listeners(port).sort()).toEqual([...ss].sort());
  expect(rest.sockets.map(({ address }) => address)).toEqual(sockets);
  expect(rest.sockets.every((socket) => socket.port === port)).toBe(true);
  expect(rest.missing).toEqual([]);
  expect(addressOf(server).address).toBe(sockets[0]);
});

it('listen(): dns.lookup is asked once for a name, for all its addresses', async () => {
  const { calls } = stubLookup('both.test', () => found('127.0.0.1', '::1'));
  await listen(newServer(), { host: 'both.test' });
  expect(calls).toEqual([true]);
});

it('listen(): a real name: localhost', async () => {
  const server = newServer();
  const { port, sockets } = await listen(server, { host: 'localhost' });
  for (const { address } of sockets) expect(await tryConnect(address, port)).toBe('connected');
});

describe('listen(): zones', () => {
  it('::1%lo', async () => {
    const server = newServer();
    const { port, sockets } = await listen(server, { host: ['::1%lo', '127.0.0.1'] });
    expect(sockets.map(({ family }) => family)).toEqual(['IPv6', 'IPv4']);
    for (const host of ['::1', '127.0.0.1']) expect(await tryConnect(host, port)).toBe('connected');
  });

  it('the same zone in two spellings is one address', async () => {
    const { sockets } = await listen(newServer(), { host: ['::1%lo', '0::1%lo'] });
    expect(sockets).toHaveLength(1);
  });

  it.each(['split', 'ipv6', 'dual', 'system'] as const)(
    '::%%lo under %s: the wildcard, never silently another value',
    async (stack) => {
      const { sockets, port } = await listen(newServer(), { host: '::%lo', stack });
      expect(sockets.map(({ family, v6Only }) => [family, v6Only])).toEqual([
        ['IPv6', stack === 'split' || stack === 'ipv6'],
        ...(stack === 'split' ? [['IPv4', null]] : []),
      ]);
      expect(listeners(port)[0]).toContain(`v6only:${Number(sockets[0]?.v6Only)}`);
    },
  );
});

describe('listen(): IPv4-mapped', () => {
  const MAPPED = ['::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:127.0.0.1', '::ffff:127.0.0.1%lo'];
  const REFUSED = ['split', 'ipv6', 'system'] as const;
  it.each(MAPPED.flatMap((host) => REFUSED.map((stack) => [host, stack] as const)))(
    '%s under %s is not-ipv6',
    async (host, stack) => {
      for (const hosts of [host, ['::1', host]]) {
        const error = await rejection(listen(newServer(), { host: hosts, stack }));
        expect(error).toMatchObject({
          code: 'ENOPROTOOPT',
          reason: 'not-ipv6',
          syscall: 'listen',
          address: host,
        });
      }
      expect(socketsOfThisTest()).toEqual([]);
    },
  );

  it('of a name is not-ipv6 too', async () => {
    stubAll();
    const error = await rejection(listen(newServer(), { host: 'mapped.test' }));
    expect(error).toMatchObject({ reason: 'not-ipv6', address: '::ffff:127.0.0.1' });
  });

  it.each(MAPPED.slice(0, 3))('%s under dual is that address', async (host) => {
    const server = newServer();
    const { port, sockets } = await listen(server, { host, stack: 'dual' });
    expect(sockets.map(({ family, v6Only }) => [family, v6Only])).toEqual([['IPv6', false]]);
    expect(listeners(port)).toEqual(['[::ffff:127.0.0.1] v6only:0']);
    expect(await tryConnect('127.0.0.1', port)).toBe('connected');
  });
});

describe("listen(): required: 'both'", () => {
  it.each([
    ['127.0.0.1', 'split', 'IPv6'],
    ['::1', 'split', 'IPv4'],
    ['::1', 'dual', 'IPv4'],
    ['::ffff:127.0.0.1', 'dual', 'IPv6'],
    [['127.0.0.1', '127.0.0.2'], 'split', 'IPv6'],
  ] as const)('%s under %s lacks %s', async (host, stack, family) => {
    const server = newServer();
    const error = await rejection(listen(server, { host, stack, required: 'both' }));
    expect(error.message).toContain(family);
    // This machine has addresses of both families, and the error may not say otherwise.
    expect(error.message).not.toContain('no interface');
    expect([server.listening, socketsOfThisTest()]).toEqual([false, []]);
  });
});
