/** What src/ never passes on: wrong arguments of the native functions are -EINVAL, and reach no system call. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Addon, FAMILY, REUSE, TYPE } from '../../src/kernel/addon';
import { errno } from '../harness/kernels';
import { expectNoLeaks } from '../harness/leaks';

expectNoLeaks();

type Function = (...values: unknown[]) => unknown;

const load: (folder: string) => Addon & Record<string, Function> =
  createRequire(__filename)('node-gyp-build');
const addon = load(join(__dirname, '../..'));

const NO_INTEGER = [
  undefined,
  null,
  true,
  '3',
  {},
  [],
  3n,
  Number.NaN,
  1.5,
  Number.POSITIVE_INFINITY,
  2 ** 31,
];
const NO_FAMILY = [...NO_INTEGER, -1, 0, 1, 5, 7, 2 ** 32 + 4];
const NO_PORT = [...NO_INTEGER, -1, 65_536, 2 ** 32];
const NO_BOOLEAN = [undefined, null, 0, 1, 'true', {}];
const NO_TEXT = [undefined, null, 1, {}, 'x'.repeat(100), '::1\0'];

const WRONG: [string, (wrong: unknown) => unknown[], unknown[]][] = [
  ...['getV6Only', 'describe', 'close'].map((name): [string, (fd: unknown) => unknown[], unknown[]] => [
    name,
    (fd) => [fd],
    [...NO_INTEGER, 2 ** 32 + 3],
  ]),
  ['setV6Only', (fd) => [fd, true], NO_INTEGER],
  ['setV6Only', (value) => [-1, value], NO_BOOLEAN],
  ['setReuse', (fd) => [fd, REUSE.address], NO_INTEGER],
  ['setReuse', (reuse) => [-1, reuse], [...NO_INTEGER, -1, 3]],
  ['open', (family) => [family, TYPE.stream], NO_FAMILY],
  ['open', (type) => [FAMILY.IPv6, type], [...NO_INTEGER, -1, 0, TYPE.raw, 4]],
  ['hasAddress', (family) => [family], NO_FAMILY],
  ['bind', (fd) => [fd, '::1', 0], NO_INTEGER],
  ['bind', (address) => [-1, address, 0], NO_TEXT],
  ['bind', (port) => [-1, '::1', port], NO_PORT],
  ['readSysctl', (name) => [name], NO_TEXT],
  ['listListeners', (type) => [type, 80], [...NO_INTEGER, -1, 0, TYPE.raw, 4]],
  ['listListeners', (port) => [TYPE.stream, port], [...NO_PORT, 0]],
  ['listSockets', (states) => [states, 0, 0], [-1, 2 ** 32, Number.NaN, undefined]],
  ['listSockets', (port) => [0, port, 0], NO_PORT],
  ['listSockets', (family) => [0, 0, family], [-1, 1, 5, 7, 2 ** 32, null]],
  ['listProcesses', (pid) => [pid], [...NO_INTEGER, -1, 2 ** 32]],
];

it.each(WRONG)('the addon: %s refuses what is none (%#)', (name, values, wrong) => {
  const call = addon[name];
  for (const value of wrong) expect(call?.(...values(value)), String(value)).toBe(errno('EINVAL'));
});

it.each(Object.keys(addon))('the addon: %s() without arguments is refused', (name) => {
  expect(addon[name]?.()).toBe(errno('EINVAL'));
});
