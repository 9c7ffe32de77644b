/** Which addresses a host stands for, on machines with and without an address of each family. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { IPFamily } from '../../src/kernel/addon';
import { errnoOf, SystemError } from '../../src/kernel/errors';
import { familyError, type Plan, type PlannedEndpoint, planEndpoints } from '../../src/listen/endpoints';
import { checkListenOptions } from '../../src/listen/options';
import { type Choice, choiceOf, type Stack } from '../../src/listen/stack';
import { expectNoLeaks } from '../harness/leaks';
import { found, lookupFailure, stubLookup } from '../harness/lookups';
import { rejection } from '../harness/peers';

const machine = vi.hoisted(() => ({ has: { IPv4: true, IPv6: true }, foreign: '' }));
vi.mock('../../src/machine/interfaces', () => ({
  hasAddress: (family: IPFamily) => machine.has[family],
  isOwnAddress: (address: string) => address !== machine.foreign,
  whyNoIPv6: () => null,
}));

expectNoLeaks();

beforeEach(() => {
  machine.has = { IPv4: true, IPv6: true };
  machine.foreign = '';
});

const without = (family: IPFamily): void => {
  machine.has = { ...machine.has, [family]: false };
};

type Optional = PlannedEndpoint['optional'];

const ipv6 = (address: string, v6Only: boolean, optional?: Optional): PlannedEndpoint => {
  return { family: 'IPv6', address, v6Only, optional };
};
const ipv4 = (address: string, optional?: Optional): PlannedEndpoint => {
  return { family: 'IPv4', address, v6Only: null, optional };
};

const V6 = ipv6('::', true, 'family');
const V4 = ipv4('0.0.0.0', 'family');
const AFTER_SET_V6_ONLY: Choice = { stack: undefined, v6Only: false, ipv4: 'never', mapped: true };

type Hosts = string | (string | { host: string; optional: boolean })[] | null | undefined;

const planOf = (host: Hosts, choice: Stack | Choice, syscall = 'listen'): Promise<Plan> => {
  const { hosts } = checkListenOptions({ host });
  return planEndpoints(hosts, typeof choice === 'string' ? choiceOf(choice) : choice, syscall);
};

describe('planEndpoints(): the wildcards', () => {
  it.each([
    ['split', [V6, V4]],
    ['ipv6', [V6]],
    ['dual', [{ ...V6, v6Only: false }]],
    [{ ...choiceOf('ipv6'), ipv4: 'named', v6Only: false } satisfies Choice, [{ ...V6, v6Only: false }]],
    [AFTER_SET_V6_ONLY, [{ ...V6, v6Only: false }]],
  ] as const)('of %j', async (choice, endpoints) => {
    for (const host of [undefined, '', null, '::', '0::0', ['::']])
      expect(await planOf(host, choice)).toEqual({ endpoints, missing: [] });
  });

  it.each(['listen', 'bind'])(
    'without an address of a family the other one is left, for %s',
    async (syscall) => {
      without('IPv6');
      const { endpoints, missing } = await planOf('', 'split', syscall);
      expect(endpoints).toEqual([V4]);
      expect(missing).toEqual([{ family: 'IPv6', address: '::', error: expect.any(SystemError) }]);
      expect(missing[0]?.error).toMatchObject({ ...familyError('IPv6', syscall, '::') });
      expect((await planOf('', 'dual', syscall)).endpoints).toEqual([{ ...V4, fallback: true }]);
      for (const choice of ['ipv6', 'system', AFTER_SET_V6_ONLY] as const)
        expect(await rejection(planOf('', choice, syscall))).toMatchObject({ reason: 'no-ipv6' });
    },
  );

  it('where no interface has any address nothing is missing that the kernel can bind', async () => {
    without('IPv6');
    without('IPv4');
    expect(await planOf('', 'split')).toEqual({ endpoints: [V6, V4], missing: [] });
    for (const choice of ['dual', 'ipv6', 'system', AFTER_SET_V6_ONLY] as const)
      expect(await planOf('', choice)).toMatchObject({ endpoints: [{ address: '::' }], missing: [] });
    stubLookup('name.test', () => found('192.0.2.1'));
    expect(await planOf('name.test', 'split')).toMatchObject({ endpoints: [{ address: '192.0.2.1' }] });
  });
});

describe('planEndpoints(): hosts', () => {
  const planned = async (host: Hosts, v6Only = true): Promise<readonly PlannedEndpoint[]> => {
    return (await planOf(host, v6Only ? 'split' : 'dual')).endpoints;
  };

  it.each<[string | string[], boolean, PlannedEndpoint[]]>([
    ['::1', true, [ipv6('::1', true)]],
    ['::1', false, [ipv6('::1', false)]],
    [['::', '::'], true, [V6, V4]],
    [['::', '0.0.0.0'], true, [V6, ipv4('0.0.0.0')]],
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
    expect(await planned('name.test')).toEqual([ipv6('::1', true, 'family'), ipv4('127.0.0.1', 'family')]);
    const mixed = [ipv6('::1', true), ipv4('127.0.0.1', 'family')];
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
    const plan = await planOf('name.test', 'split', 'bind');
    expect(plan.endpoints).toEqual([ipv4('127.0.0.1', 'family')]);
    expect(plan.missing).toEqual([{ family: 'IPv6', address: '::1', error: expect.any(SystemError) }]);
    expect(plan.missing[0]?.error).toMatchObject({ syscall: 'bind', address: '::1', reason: 'no-ipv6' });
  });

  it.each(['split', 'ipv6', 'system'] as const)('IPv4-mapped ones are refused under %s', async (stack) => {
    const error = await rejection(planOf(['::1', '::FFFF:7f00:1'], stack, 'bind'));
    expect(error).toMatchObject({
      code: 'ENOPROTOOPT',
      reason: 'not-ipv6',
      syscall: 'bind',
      address: '::FFFF:7f00:1',
      message: "bind ENOPROTOOPT: ::FFFF:7f00:1 is IPv4-mapped, which only the stack 'dual' can bind",
    });
  });

  it.each(['localhost', 'LocalHost', 'localhost.'])(
    '%s is both loopbacks, whatever a name server says',
    async (host) => {
      const { calls } = stubLookup(host, () => found('192.0.2.1'));
      const both = [ipv6('::1', true, 'address'), ipv4('127.0.0.1', 'address')];
      expect(await planned(host)).toEqual(both);
      expect(await planned([host, '127.0.0.1'])).toEqual([both[0], ipv4('127.0.0.1')]);
      machine.foreign = '::1';
      const { endpoints, missing } = await planOf(host, 'split');
      expect(endpoints).toEqual([both[1]]);
      expect(missing).toEqual([{ family: 'IPv6', address: '::1', error: expect.any(SystemError) }]);
      expect(missing[0]?.error).toMatchObject({ code: 'EADDRNOTAVAIL', address: '::1' });
      expect(await rejection(planOf(host, 'ipv6'))).toMatchObject({ code: 'EADDRNOTAVAIL', address: '::1' });
      expect(calls).toEqual([]);
    },
  );

  it('an optional address is left out where the machine does not have it, and no other one', async () => {
    machine.foreign = '192.0.2.1';
    const optional = { host: '192.0.2.1', optional: true };
    const { endpoints, missing } = await planOf(['::1', optional], 'split');
    expect(endpoints).toEqual([ipv6('::1', true)]);
    expect(missing).toMatchObject([
      { family: 'IPv4', address: '192.0.2.1', error: { code: 'EADDRNOTAVAIL' } },
    ]);
    expect(await planned([optional, '192.0.2.1'])).toEqual([ipv4('192.0.2.1')]);
    expect(await rejection(planOf([optional], 'split'))).toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it.each(['ipv6', AFTER_SET_V6_ONLY] as const)('%j means it for every host', async (choice) => {
    for (const host of ['0.0.0.0', '127.0.0.1', ['::1', '127.0.0.1']])
      expect(await rejection(planOf(host, choice))).toMatchObject({ reason: 'not-ipv6' });
    stubLookup('name.test', () => found('127.0.0.1', '::1'));
    expect((await planOf('name.test', choice)).endpoints).toMatchObject([{ address: '::1' }]);
    expect((await planOf('localhost', choice)).endpoints).toMatchObject([{ address: '::1' }]);
    stubLookup('four.test', () => found('127.0.0.1'));
    expect(await rejection(planOf('four.test', choice))).toMatchObject({
      reason: 'not-ipv6',
      address: '127.0.0.1',
    });
  });

  it('link-local answers of a name are skipped, and those that the caller wrote are not', async () => {
    stubLookup('name.test', () => found('fe80::1%lo0', '::1', '127.0.0.1'));
    expect(await planned('name.test')).toMatchObject([{ address: '::1' }, { address: '127.0.0.1' }]);
    expect(await planned(['fe80::1%lo0'])).toMatchObject([{ address: 'fe80::1%lo0' }]);
    stubLookup('lonely.test', () => found('fe80::1%lo0'));
    expect(await planned('lonely.test')).toMatchObject([{ address: 'fe80::1%lo0' }]);
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
