/** The table of what `listen()` becomes after `setV6Only(server, value)`, without a server. */
import dns from 'node:dns';
import { describe, expect, it } from 'vitest';
import { SystemError } from '../../src/kernel/errors';
import { type AddressRequest, decideAddress, lookupIPv6 } from '../../src/socket/bind-address';
import { cleanUp, expectNoLeaks } from '../harness/leaks';
import { type Found, found } from '../harness/lookups';

expectNoLeaks();

const request = (
  address: string | null,
  addressType: number | null,
  port: number | null = 80,
): AddressRequest => {
  return { address, addressType, port };
};

const CALLED = 'setV6Only was called on this server, and';
const IPV4 = "is an IPv4 address; listen on '::' or another IPv6 address instead";
const MAPPED = 'is IPv4-mapped, which an IPv6-only socket cannot be bound to';

type Decided = { kind: string; address?: string; host?: string; message?: string; port?: number | undefined };

function decided(asked: AddressRequest, host: unknown, v6Only: boolean): Decided {
  const decision = decideAddress(asked, host, v6Only);
  if (decision.kind !== 'refuse') return decision;
  const { message, address, port, code, reason } = decision.error;
  expect(decision.error).toBeInstanceOf(SystemError);
  expect([code, reason]).toEqual(['ENOPROTOOPT', 'not-ipv6']);
  return {
    kind: 'refuse',
    message: message.replace('listen ENOPROTOOPT: ', ''),
    ...(address && { address }),
    port,
  };
}

const refused = (address: string, problem: string, port?: number): Decided => {
  return { kind: 'refuse', message: `${CALLED} ${address} ${problem}`, address, port };
};
const bind = (address: string): Decided => ({ kind: 'bind', address });
const lookup = (host: string): Decided => ({ kind: 'lookup', host });

describe.each([true, false])('with %s', (v6Only) => {
  it.each([
    ['no address', request(null, 4), undefined, bind('::')],
    ['an empty address', request('', 4), '', bind('::')],
    ['the wildcard', request('::', 6), '::', bind('::')],
    ['an address', request('::1', 6), '::1', bind('::1')],
    ['a name with IPv6', request('::1', 6), 'name.test', bind('::1')],
    ['a name with IPv4', request('127.0.0.1', 4), 'name.test', lookup('name.test')],
    ['an IPv4 address', request('127.0.0.1', 4), '127.0.0.1', refused('127.0.0.1', IPV4, 80)],
    ['an IPv4 address of nobody', request('127.0.0.1', 4), undefined, refused('127.0.0.1', IPV4, 80)],
    ['the port 0', request('127.0.0.1', 4, 0), undefined, refused('127.0.0.1', IPV4, 0)],
    ['no port', request('127.0.0.1', 4, null), undefined, refused('127.0.0.1', IPV4)],
    ['a port of -1', request('127.0.0.1', 4, -1), undefined, refused('127.0.0.1', IPV4)],
    ['a path', request('/x', -1, -1), undefined, refused('/x', 'is a path, not an IPv6 address')],
    [
      'a path beside a name',
      request('/x', -1, -1),
      'name.test',
      refused('/x', 'is a path, not an IPv6 address'),
    ],
  ])('%s', (_what, asked, host, expected) => {
    expect(decided(asked, host, v6Only)).toEqual(expected);
  });
});

it.each(['::ffff:127.0.0.1', '::FFFF:7f00:1'])('%s is for a dual-stack socket only', (address) => {
  expect(decided(request(address, 6), address, false)).toEqual(bind(address));
  expect(decided(request(address, 6), address, true)).toEqual(refused(address, MAPPED, 80));
  expect(decided(request(address, 6), 'name.test', true)).toEqual(lookup('name.test'));
});

describe('of several addresses of a name', () => {
  const answer = (given: Found[] | Error, v6Only: boolean): Promise<unknown> => {
    const real = dns.lookup;
    cleanUp(() => Object.assign(dns, { lookup: real }));
    const stub = (
      _host: string,
      options: { all?: boolean },
      done: (error: unknown, all?: Found[]) => void,
    ): void => {
      expect(options).toEqual({ all: true });
      if (given instanceof Error) done(given);
      else done(null, given);
    };
    Object.assign(dns, { lookup: stub });
    return new Promise((resolve) =>
      lookupIPv6('name.test', v6Only, (error, address) => resolve(error ?? address)),
    );
  };

  it.each([
    [['127.0.0.1', '::1', '::2'], '::1', '::1'],
    [['fe80::1%lo', '::2'], '::2', '::2'],
    [['fe80::1%lo', 'fe80::2%lo'], 'fe80::1%lo', 'fe80::1%lo'],
    [['::ffff:127.0.0.1', '::2'], '::2', '::ffff:127.0.0.1'],
    [['::ffff:127.0.0.1'], undefined, '::ffff:127.0.0.1'],
    [['127.0.0.1'], undefined, undefined],
    [[], undefined, undefined],
  ])('%j: %s for IPv6-only, %s for dual-stack', async (addresses, only, dual) => {
    expect(await answer(found(...addresses), true)).toBe(only);
    expect(await answer(found(...addresses), false)).toBe(dual);
  });

  it('the error is that of the lookup', async () => {
    const error = new Error('ENOTFOUND');
    expect(await answer(error, true)).toBe(error);
  });
});
