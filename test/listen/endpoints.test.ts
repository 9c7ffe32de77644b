/** Which addresses a host stands for, on machines with and without an address of each family. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { IPFamily } from '../../src/kernel/addon';
import { errnoOf, SystemError } from '../../src/kernel/errors';
import { type Endpoint, familyError, planEndpoints, planWildcards } from '../../src/listen/endpoints';
import { checkListenOptions } from '../../src/listen/options';
import { expectNoLeaks } from '../harness/leaks';
import { found, lookupFailure, stubLookup } from '../harness/lookups';
import { rejection } from '../harness/peers';
import { thrown } from '../harness/thrown';

const machine = vi.hoisted(() => ({ has: { IPv4: true, IPv6: true } }));
vi.mock('../../src/machine/interfaces', () => ({ hasAddress: (family: IPFamily) => machine.has[family] }));

expectNoLeaks();

beforeEach(() => {
  machine.has = { IPv4: true, IPv6: true };
});

const without = (family: IPFamily): void => {
  machine.has = { ...machine.has, [family]: false };
};

const ipv6 = (address: string, v6Only: boolean, optional = false): Endpoint => {
  return { family: 'IPv6', address, v6Only, optional };
};
const ipv4 = (address: string, optional = false): Endpoint => {
  return { family: 'IPv4', address, v6Only: null, optional };
};

const V6 = ipv6('::', true, true);
const V4 = ipv4('0.0.0.0', true);

describe('planEndpoints(): the wildcards', () => {
  it.each([
    ['split', true, [V6, V4]],
    ['ipv6', true, [V6]],
    ['system', true, [V6]],
    ['system', false, [{ ...V6, v6Only: false }]],
    ['dual', false, [{ ...V6, v6Only: false }]],
  ] as const)('of %s with %s', async (stack, v6Only, endpoints) => {
    const expected = { endpoints, missing: [] };
    expect(planWildcards(stack, v6Only, 'listen')).toEqual(expected);
    for (const host of [undefined, '', null]) {
      const options = checkListenOptions({ stack, host });
      expect(await planEndpoints(options, v6Only, 'listen')).toEqual(expected);
    }
  });

  it.each(['listen', 'bind'])('without an address of a family the other one is left, for %s', (syscall) => {
    without('IPv6');
    const { endpoints, missing } = planWildcards('split', true, syscall);
    expect(endpoints).toEqual([V4]);
    expect(missing).toEqual([{ family: 'IPv6', address: '::', error: expect.any(SystemError) }]);
    expect(missing[0]?.error).toMatchObject({ ...familyError('IPv6', syscall, '::') });
    expect(planWildcards('dual', false, syscall).endpoints).toEqual([{ ...V4, fallback: true }]);
    without('IPv4');
    expect(thrown(() => planWildcards('split', true, syscall))).toMatchObject({ reason: 'no-ipv6' });
  });
});

describe('planEndpoints(): hosts', () => {
  const planned = async (host: string | string[], v6Only = true): Promise<readonly Endpoint[]> => {
    const stack = v6Only ? 'split' : 'dual';
    return (await planEndpoints(checkListenOptions({ host, stack }), v6Only, 'listen')).endpoints;
  };

  it.each<[string | string[], boolean, Endpoint[]]>([
    ['::1', true, [ipv6('::1', true)]],
    ['::1', false, [ipv6('::1', false)]],
    ['::', true, [ipv6('::', true)]],
    ['0.0.0.0', true, [ipv4('0.0.0.0')]],
    ['127.0.0.1', false, [ipv4('127.0.0.1')]],
    ['::ffff:127.0.0.1', false, [ipv6('::ffff:127.0.0.1', false)]],
    [
      ['127.0.0.1', '::1', '127.0.0.2', '::2'],
      true,
      [ipv6('::1', true), ipv6('::2', true), ipv4('127.0.0.1'), ipv4('127.0.0.2')],
    ],
    [['::1', '0:0:0:0:0:0:0:1', '127.0.0.1', '127.0.0.1'], true, [ipv6('::1', true), ipv4('127.0.0.1')]],
    [
      ['fe80::1%a', 'FE80::1%a', 'fe80::1%b', 'fe80::1'],
      true,
      [ipv6('fe80::1%a', true), ipv6('fe80::1%b', true), ipv6('fe80::1', true)],
    ],
    [['::ffff:127.0.0.1', '127.0.0.1'], false, [ipv6('::ffff:127.0.0.1', false), ipv4('127.0.0.1')]],
  ])('%j with %s', async (host, v6Only, endpoints) => {
    expect(await planned(host, v6Only)).toEqual(endpoints);
  });

  it('of a name only what the caller did not write may be left out', async () => {
    stubLookup('name.test', () => found('127.0.0.1', '::1'));
    expect(await planned('name.test')).toEqual([ipv6('::1', true, true), ipv4('127.0.0.1', true)]);
    const mixed = [ipv6('::1', true), ipv4('127.0.0.1', true)];
    expect(await planned(['name.test', '::1'])).toEqual(mixed);
    expect(await planned(['::1', 'name.test'])).toEqual(mixed);
    expect(await planned(['name.test', '0::1', '::1'])).toEqual([ipv6('0::1', true), mixed[1]]);
  });

  it('all addresses of a name are asked for at once, and a failure is that of the lookup', async () => {
    const { calls } = stubLookup('name.test', () => found('::1'));
    await planned('name.test');
    expect(calls).toEqual([true]);
    const failure = lookupFailure('gone.test');
    stubLookup('gone.test', () => failure);
    expect(await rejection(planned(['::1', 'gone.test']))).toBe(failure);
  });

  it('a family that no interface has is missing of a name, and not of what the caller wrote', async () => {
    stubLookup('name.test', () => found('127.0.0.1', '::1'));
    without('IPv6');
    expect(await planned(['::1', '127.0.0.1'])).toEqual([ipv6('::1', true), ipv4('127.0.0.1')]);
    const plan = await planEndpoints(checkListenOptions({ host: 'name.test' }), true, 'bind');
    expect(plan.endpoints).toEqual([ipv4('127.0.0.1', true)]);
    expect(plan.missing).toEqual([{ family: 'IPv6', address: '::1', error: expect.any(SystemError) }]);
    expect(plan.missing[0]?.error).toMatchObject({ syscall: 'bind', address: '::1', reason: 'no-ipv6' });
  });

  it.each(['split', 'ipv6', 'system'] as const)('IPv4-mapped ones are refused under %s', async (stack) => {
    for (const v6Only of [true, false]) {
      const options = checkListenOptions({ host: ['::1', '::FFFF:7f00:1'], stack });
      const error = await rejection(planEndpoints(options, v6Only, 'bind'));
      expect(error).toMatchObject({
        code: 'ENOPROTOOPT',
        reason: 'not-ipv6',
        syscall: 'bind',
        address: '::FFFF:7f00:1',
        message: "bind ENOPROTOOPT: ::FFFF:7f00:1 is IPv4-mapped, which only the stack 'dual' can bind",
      });
    }
  });
});

describe('planEndpoints(): no interface has an address', () => {
  it.each([
    ['IPv6', 'EAFNOSUPPORT', 'no-ipv6'],
    ['IPv4', 'EADDRNOTAVAIL', 'bind-failed'],
  ] as const)('of %s: %s', (family, code, reason) => {
    const error = familyError(family, 'listen', '::');
    const { message } = error;
    expect({ ...error, message }).toStrictEqual({
      code,
      errno: errnoOf(code),
      syscall: 'listen',
      reason,
      address: '::',
      message: `listen ${code}: no interface of this machine has an ${family} address`,
    });
    expect(Object.keys(familyError(family, 'bind'))).not.toContain('address');
  });
});
