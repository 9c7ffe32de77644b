/** bindMatrix on kernels that cannot be run here: the fake ones bind as the recorded ones, without a reuse option. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Addon } from '../../src/kernel/addon';
import { bindMatrix } from '../../src/matrix/bind-matrix';
import { BINDS, cellOf, REFUSED } from '../../src/matrix/bind-outcome';
import { Contender } from '../../src/matrix/contender';
import { recordedCell } from '../../src/matrix/recorded-binds';
import { FakeKernel, type FakeOptions, RULES, type Rules } from '../fake/fake-kernel';
import { recordedKernel } from '../harness/bind-matrices';
import { errno } from '../harness/kernels';

const current = vi.hoisted((): { addon: Addon | undefined } => ({ addon: undefined }));
vi.mock('../../src/kernel/addon', async (original) => ({
  ...(await original<typeof import('../../src/kernel/addon')>()),
  addon: () => current.addon,
}));
vi.mock('../../src/matrix/arrivals', async (original) => ({
  ...(await original<typeof import('../../src/matrix/arrivals')>()),
  // Nobody can be connected to a socket that does not exist.
  ask: () => Promise.resolve('first'),
}));

const realPlatform = process.platform;
const pretend = (platform: string) => Object.defineProperty(process, 'platform', { value: platform });
afterEach(() => {
  pretend(realPlatform);
  vi.restoreAllMocks();
});

const SYSTEMS: [Rules['system'], string][] = [
  ['linux', 'linux-6.18'],
  ['freebsd', 'freebsd-14.0'],
];

describe.each(SYSTEMS)('bindMatrix(): on a fake %s', (system, id) => {
  it('refuses, without a reuse option, what the recorded kernel refuses', async () => {
    pretend(system);
    const kernel = new FakeKernel(RULES[system]);
    current.addon = kernel;
    vi.spyOn(Contender.prototype, 'listen').mockReturnValue('ok');
    vi.spyOn(Contender.prototype, 'read').mockReturnValue();
    const { platform, rows } = await bindMatrix();
    expect(platform).toBe(system);
    const plain = rows.filter(({ reuse }) => reuse === 'none');
    expect(plain).toHaveLength(72);
    for (const row of plain) {
      const recorded = recordedCell(recordedKernel(id), row) === REFUSED;
      expect(cellOf(row) === REFUSED, `${row.protocol} ${row.first}, then ${row.second}`).toBe(recorded);
    }
    expect(kernel.openDescriptors).toBe(0);
  });

  it('has rows where IPv6 is missing, and no exception', async () => {
    pretend(system);
    const code = system === 'freebsd' ? 'EPROTONOSUPPORT' : 'EAFNOSUPPORT';
    const kernel = new FakeKernel(RULES[system], { noIPv6: code });
    current.addon = kernel;
    vi.spyOn(Contender.prototype, 'listen').mockReturnValue('ok');
    vi.spyOn(Contender.prototype, 'read').mockReturnValue();
    const { rows } = await bindMatrix();
    const codes = rows.flatMap(({ bind1, bind2 }) => [bind1, bind2]);
    expect(new Set(codes)).toEqual(new Set(['ok', 'EADDRINUSE', code, null]));
    expect(kernel.openDescriptors).toBe(0);
  });
});

const [, , , V6ONLY] = BINDS;

/** One socket on a fake Linux that answers some calls otherwise. */
function contender(answers: Partial<Addon>, options?: FakeOptions): { one: Contender; kernel: FakeKernel } {
  if (V6ONLY === undefined) throw new Error('no bind');
  const kernel = Object.assign(new FakeKernel(RULES.linux, options), answers);
  current.addon = kernel;
  return { one: new Contender({ protocol: 'udp', reuse: 'reuseport', bind: V6ONLY }), kernel };
}

it.each<[string, Partial<Addon>]>([
  ['ENOPROTOOPT', { setReuse: () => errno('ENOPROTOOPT') }],
  ['EINVAL', { setV6Only: () => errno('EINVAL') }],
  ['EADDRNOTAVAIL', { bind: () => errno('EADDRNOTAVAIL') }],
])('bindMatrix(): the code of a call that fails is the result: %s', (code, answers) => {
  const { one, kernel } = contender(answers);
  expect(one.bind(0)).toBe(code);
  one.close();
  expect(kernel.openDescriptors).toBe(0);
});

it('bindMatrix(): what cannot be opened for want of resources is no result', async () => {
  expect(contender({}, { noIPv6: 'EAFNOSUPPORT' }).one.bind(0)).toBe('EAFNOSUPPORT');
  const fields = { code: 'EMFILE', reason: 'resources', syscall: 'socket' };
  const { one } = contender({}, { noIPv6: 'EMFILE' });
  expect(() => one.bind(0)).toThrow(expect.objectContaining(fields));
  await expect(bindMatrix()).rejects.toMatchObject(fields);
});

it.each(['sunos', 'aix'])('bindMatrix(): is unsupported-platform on %s', async (platform) => {
  pretend(platform);
  await expect(bindMatrix()).rejects.toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-platform' });
});

it('bindMatrix(): is unsupported-runtime elsewhere than in Node', async () => {
  vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, bun: '1.4.5' });
  await expect(bindMatrix()).rejects.toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-runtime' });
});
