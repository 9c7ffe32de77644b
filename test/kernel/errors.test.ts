/** Every error of the package: its fields, and its words. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/kernel/errors';

const ENOPROTOOPT = errors.errnoOf('ENOPROTOOPT');

const shape = (error: Error): object => ({ ...error, name: error.name, message: error.message });

const MISMATCH_HINT =
  " (in a cluster, all workers share the first one's socket: ask for the same value in each)";

describe('errors of the system', () => {
  it.each<[message: string, code: string, reason: string, make: () => errors.SystemError]>([
    [
      'getsockopt EBADF: bad file descriptor, gone',
      'EBADF',
      'closed',
      () => errors.closed('getsockopt', 'gone'),
    ],
    [
      'setsockopt ENOTSOCK: it is no network socket; pass a TCP or UDP socket over IPv6',
      'ENOTSOCK',
      'not-a-socket',
      () => errors.notASocket('setsockopt', 'it'),
    ],
    ['bind ENOPROTOOPT: why', 'ENOPROTOOPT', 'not-ipv6', () => errors.notIPv6('bind', 'why')],
    ['setsockopt ENOTSUP: why', 'ENOTSUP', 'unsupported-runtime', () => errors.unsupportedRuntime('why')],
    [
      `listen EINVAL: IPV6_V6ONLY 1 was asked for, but the kernel's value is 0${MISMATCH_HINT}`,
      'EINVAL',
      'mismatch',
      () => errors.mismatch('listen', true, false),
    ],
    [
      `listen EINVAL: IPV6_V6ONLY 0 was asked for, but the kernel's value cannot be told${MISMATCH_HINT}`,
      'EINVAL',
      'mismatch',
      () => errors.mismatch('listen', false, null),
    ],
  ])('%s', (message, code, reason, make) => {
    const [syscall = ''] = message.split(' ');
    const error = make();
    expect(shape(error)).toStrictEqual({
      name: 'Error',
      code,
      reason,
      message,
      syscall,
      errno: errors.errnoOf(code),
    });
    expect(error).toBeInstanceOf(errors.SystemError);
  });

  it('name address and port where they are known', () => {
    expect(errors.notIPv6('bind', 'x', '::1', 0)).toMatchObject({
      address: '::1',
      port: 0,
      errno: ENOPROTOOPT,
    });
    const where = { address: '::', port: 80 };
    expect(errors.mismatch('listen', true, false, where)).toMatchObject(where);
    expect(Object.keys(errors.notIPv6('bind', 'x'))).not.toContain('address');
  });
});

it('knows numbers, names and words', () => {
  expect(ENOPROTOOPT).toBeLessThan(0);
  expect(errors.codeOf(ENOPROTOOPT)).toBe('ENOPROTOOPT');
  expect(errors.errnoOf('ENONSENSE')).toBe(0);
  expect(errors.messageOf(errors.errnoOf('EADDRINUSE'))).toBe('address already in use');
  expect(errors.messageOf(-4000)).toBe(errors.codeOf(-4000));
});

it.each([
  ['EMFILE', 'resources'],
  ['ENFILE', 'resources'],
  ['ENOBUFS', 'resources'],
  ['ENOMEM', 'resources'],
  ['EAFNOSUPPORT', 'no-ipv6'],
  ['EPROTONOSUPPORT', 'no-ipv6'],
  ['EADDRINUSE', 'bind-failed'],
  ['EACCES', 'bind-failed'],
  ['', 'bind-failed'],
])('%s is %s', (code, reason) => {
  expect(errors.bindReason(code)).toBe(reason);
  expect(errors.meansNoIPv6(code)).toBe(reason === 'no-ipv6');
});

describe('completing an error of Node', () => {
  const nodes = (fields: object = { code: 'EACCES', errno: -13 }) =>
    Object.assign(new Error('bind EACCES'), fields);

  it('adds the reason, and advice to the message and the stack', () => {
    const error = nodes();
    errors.explainBind(error, (code) => `for ${code}`);
    expect(error).toMatchObject({ reason: 'bind-failed', message: 'bind EACCES (for EACCES)' });
    expect(error.stack).toContain('Error: bind EACCES (for EACCES)\n');
  });

  it('without advice leaves the message', () => {
    for (const advise of [undefined, () => undefined]) {
      const error = nodes();
      errors.explainBind(error, advise);
      expect(error).toMatchObject({ reason: 'bind-failed', message: 'bind EACCES' });
    }
  });

  it('takes advice as it is, and bears an error without a stack', () => {
    const error = Object.assign(nodes(), { stack: undefined });
    errors.appendToMessage(error, '$& $1');
    expect(error).toMatchObject({ message: 'bind EACCES ($& $1)', stack: undefined });
    const other = nodes();
    errors.appendToMessage(other, '$&');
    expect(other.stack).toContain('bind EACCES ($&)');
  });

  it.each([
    ['has a reason', nodes({ code: 'EACCES', errno: -13, reason: 'no-ipv6' })],
    ['has no errno', nodes({ code: 'EACCES' })],
    ['has a text for an errno', nodes({ code: 'EACCES', errno: 'EACCES' })],
    ['has no code', nodes({ errno: -13 })],
    ['has a number for a code', nodes({ code: 13, errno: -13 })],
    ['is no error', { code: 'EACCES', errno: -13, message: 'x' }],
    ['is nothing', undefined],
  ])('leaves alone what %s', (_what, error) => {
    const before = { ...error };
    errors.explainBind(error, () => 'advice');
    expect({ ...error }).toEqual(before);
  });

  it('knows errors of another realm', () => {
    expect(errors.isError(runInNewContext('new Error()'))).toBe(true);
    expect(errors.isError({ message: '' })).toBe(false);
  });
});

describe('wrong arguments', () => {
  const type = (value: unknown) => errors.invalidArgType('a', 'b', value).message;

  it.each([
    [undefined, 'Received undefined'],
    [null, 'Received null'],
    [3, 'Received type number (3)'],
    ['x', "Received type string ('x')"],
    ['x'.repeat(50), `Received type string ('${'x'.repeat(39)}...)`],
    ['x'.repeat(38), `Received type string ('${'x'.repeat(38)}')`],
    [() => {}, 'Received [Function (anonymous)]'],
    [{ a: 1 }, 'Received [Object]'],
  ])('%s', (value, received) => {
    expect(type(value)).toBe(`The "a" argument must be b. ${received}`);
  });

  it('have the class and the code of Node', () => {
    expect(shape(errors.invalidArgType('a', 'b', 1))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(shape(errors.invalidArgValue('a', 'v', 'is wrong'))).toEqual({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: "The argument 'a' is wrong. Received 'v'",
    });
    expect(shape(errors.outOfRange('a', 'less', 9))).toEqual({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: 'The value of "a" is out of range. It must be less. Received 9',
    });
    expect(shape(errors.badPort('a', -1))).toEqual({
      name: 'RangeError',
      code: 'ERR_SOCKET_BAD_PORT',
      message: 'a should be >= 0 and < 65536. Received type number (-1).',
    });
    expect(errors.cannotChange('a', {}, 'k').message).toBe(
      "The argument 'a' must let its 'k' be replaced, and is frozen, sealed or a proxy. Received {}",
    );
  });

  it('show 128 characters of a value, and say so of one that cannot be shown', () => {
    const shown = (length: number) => errors.invalidArgValue('a', 'x'.repeat(length), '').message.length;
    expect(shown(126)).toBe(shown(125) + 1);
    expect(shown(127)).toBe(shown(126) + 3);
    expect(shown(9999)).toBe(shown(127));
    expect(errors.invalidArgValue('a', Object.create(AbortSignal.prototype), '').message).toMatch(
      /cannot be shown|AbortSignal/,
    );
  });
});

it("has Node's own errors where Node has them", () => {
  const cause = new Error('cause');
  expect(shape(errors.accessDenied('::'))).toEqual({
    name: 'Error',
    message: 'Access to this API has been restricted. Use --allow-net to manage permissions.',
    code: 'ERR_ACCESS_DENIED',
    permission: 'Net',
    resource: '::',
  });
  const aborted = errors.abortError(cause);
  expect(shape(aborted)).toMatchObject({
    name: 'AbortError',
    message: 'The operation was aborted',
    code: 'ABORT_ERR',
  });
  expect(aborted.cause).toBe(cause);
  expect(shape(errors.alreadyListening())).toEqual({
    name: 'Error',
    message: 'Listen method has been called more than once without closing.',
    code: 'ERR_SERVER_ALREADY_LISTEN',
  });
  const missing = new errors.AddonUnavailableError('addon-missing', 'text', cause);
  expect(shape(missing)).toMatchObject({
    message: 'text',
    code: 'ERR_ADDON_UNAVAILABLE',
    reason: 'addon-missing',
  });
  expect(missing.cause).toBe(cause);
});
