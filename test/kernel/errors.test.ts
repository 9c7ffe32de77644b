/** Every error of the system: its fields, and its words. */
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AddonUnavailableError } from '../../src/kernel/addon-unavailable';
import * as errors from '../../src/kernel/errors';
import * as explain from '../../src/kernel/explain';

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
      'setsockopt ENOTSOCK: it is not a network socket; pass a TCP or UDP socket over IPv6',
      'ENOTSOCK',
      'not-a-socket',
      () => errors.notASocket('setsockopt', 'it'),
    ],
    ['bind ENOPROTOOPT: why', 'ENOPROTOOPT', 'not-ipv6', () => errors.notIPv6('bind', 'why')],
    [
      'bind EBADF: bad file descriptor, it sleeps; Node opens it only with listen(), bind() or connect()',
      'EBADF',
      'not-open-yet',
      () => errors.notOpenYet('bind', 'it sleeps'),
    ],
    [
      'getsockopt ECONNRESET: the peer has reset this connection',
      'ECONNRESET',
      'reset',
      () => errors.resetByPeer('getsockopt'),
    ],
    [
      'setsockopt EINVAL: this kernel refuses IPV6_V6ONLY on raw sockets; open one per address family instead',
      'EINVAL',
      'raw-socket',
      () => errors.rawSocket(),
    ],
    ['bind EACCES: why', 'EACCES', 'bind-failed', () => errors.openFailed('EACCES', 'bind', 'why')],
    [
      'bind EMFILE: why',
      'EMFILE',
      'resources',
      () => errors.openFailed(errors.errnoOf('EMFILE'), 'bind', 'why'),
    ],
    ['bind EADDRINUSE: why', 'EADDRINUSE', 'bind-failed', () => errors.addressInUse('bind', 'why')],
    [
      'bind EADDRNOTAVAIL: why',
      'EADDRNOTAVAIL',
      'bind-failed',
      () => errors.addressNotAvailable('bind', 'why'),
    ],
    ['bind EAFNOSUPPORT: why', 'EAFNOSUPPORT', 'no-ipv6', () => errors.noIPv6('bind', 'why')],
    ['socket EAGAIN: why', 'EAGAIN', 'resources', () => errors.outOfResources('EAGAIN', 'socket', 'why')],
    [
      'spawn ENOTSUP: why',
      'ENOTSUP',
      'unsupported-platform',
      () => errors.unsupportedPlatform('spawn', 'why'),
    ],
    ['socket ENOTSUP: why', 'ENOTSUP', 'not-visible', () => errors.notVisible('socket', 'why')],
    ['setsockopt ENOTSUP: why', 'ENOTSUP', 'unsupported-runtime', () => errors.unsupportedRuntime('why')],
    [
      `listen EINVAL: IPV6_V6ONLY 1 was asked for, but the kernel's value is 0${MISMATCH_HINT}`,
      'EINVAL',
      'mismatch',
      () => errors.mismatch('listen', true, false),
    ],
    [
      `listen EINVAL: IPV6_V6ONLY 0 was asked for, but the kernel's value cannot be read${MISMATCH_HINT}`,
      'EINVAL',
      'mismatch',
      () => errors.mismatch('listen', false, null),
    ],
  ])('%s', (message, code, reason, make) => {
    const [syscall = ''] = message.split(' ');
    const error = make();
    expect(shape(error)).toStrictEqual({
      name: 'SystemError',
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
    expect(errors.addressInUse('listen', 'x', where)).toMatchObject(where);
    expect(errors.outOfResources('EMFILE', 'connect', 'x', where)).toMatchObject(where);
    expect(errors.noIPv6('bind', 'x', '::')).toMatchObject({ address: '::' });
    expect(errors.addressNotAvailable('bind', 'x', '::')).toMatchObject({ address: '::' });
    expect(Object.keys(errors.notIPv6('bind', 'x'))).not.toContain('address');
  });

  it('tell what a bound socket has', () => {
    const error = errors.alreadyBound(false, { address: '::', port: 80 });
    expect(error).toMatchObject({ code: 'EINVAL', reason: 'already-bound', address: '::', port: 80 });
    expect(error.message).toMatch(
      /^setsockopt EINVAL: the socket already has a port \(:: port 80\) and .* 1;/,
    );
    expect(error.message).toContain('call setV6Only before listen() or bind()');
  });

  it("have the words of Node's for a failed listen", () => {
    const errno = errors.errnoOf('EADDRINUSE');
    const error = errors.listenFailed(errno, '::', 80, 'advice');
    expect(error).toMatchObject({ reason: 'bind-failed', syscall: 'listen', address: '::', port: 80, errno });
    expect(error.message).toBe('listen EADDRINUSE: address already in use :::80 (advice)');
    const unnumbered = errors.listenFailed(errors.errnoOf('EMFILE'), '::', undefined);
    expect(unnumbered.message).toBe('listen EMFILE: too many open files ::');
    expect(unnumbered.reason).toBe('resources');
    expect(Object.keys(unnumbered)).not.toContain('port');
  });
});

it('errors: knows numbers, names and words', () => {
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
])('errors: %s is %s', (code, reason) => {
  expect(errors.bindReason(code)).toBe(reason);
  expect(errors.openFailed(code, 'bind', 'x')).toMatchObject({ code, reason });
});

describe('errors: completing an error of Node', () => {
  const nodes = (fields: object = { code: 'EACCES', errno: -13 }) =>
    Object.assign(new Error('bind EACCES'), fields);

  it('adds the reason, and advice to the message and the stack', () => {
    const error = nodes();
    explain.explainBind(error, (code) => `for ${code}`);
    expect(error).toMatchObject({ reason: 'bind-failed', message: 'bind EACCES (for EACCES)' });
    expect(error.stack).toContain('Error: bind EACCES (for EACCES)\n');
  });

  it('without advice leaves the message', () => {
    for (const advise of [undefined, () => undefined]) {
      const error = nodes();
      explain.explainBind(error, advise);
      expect(error).toMatchObject({ reason: 'bind-failed', message: 'bind EACCES' });
    }
  });

  it('takes advice as it is, and bears an error without a stack', () => {
    const error = Object.assign(nodes(), { stack: undefined });
    explain.appendToMessage(error, '$& $1');
    expect(error).toMatchObject({ message: 'bind EACCES ($& $1)', stack: undefined });
    const other = nodes();
    explain.appendToMessage(other, '$&');
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
    explain.explainBind(error, () => 'advice');
    expect({ ...error }).toEqual(before);
  });

  it('knows errors of another realm', () => {
    expect(errors.isError(runInNewContext('new Error()'))).toBe(true);
    expect(errors.isError({ message: '' })).toBe(false);
  });
});

it('AddonUnavailableError has its name, also in the stack and on the console', () => {
  const cause = new Error('cause');
  const missing = new AddonUnavailableError('addon-missing', 'text', cause);
  expect(shape(missing)).toEqual({
    name: 'AddonUnavailableError',
    message: 'text',
    code: 'ERR_ADDON_UNAVAILABLE',
    reason: 'addon-missing',
  });
  expect(missing.cause).toBe(cause);
  expect(missing.stack).toMatch(/^AddonUnavailableError: text\n/);
  expect(inspect(missing)).toMatch(/^AddonUnavailableError: text\n/);
});
