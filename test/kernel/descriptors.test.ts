/** Descriptors and servers that exist: what can be set, what is refused, and what is read. */
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, type SocketTarget, setV6Only } from '../../src/index';
import { openDescriptor, ownDescriptor, socketAround } from '../harness/handles';
import { witness } from '../harness/inherited';
import { closing, expectNoLeaks } from '../harness/leaks';
import { KINDS, listening } from '../harness/servers';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const CALLS: readonly [string, (target: SocketTarget) => unknown][] = [
  ['setsockopt', (target) => setV6Only(target, true)],
  ['getsockopt', getV6Only],
];

describe('getV6Only() and setV6Only(): descriptors', () => {
  const shapes: readonly [string, (fd: number) => SocketTarget][] = [
    ['a number', (fd) => fd],
    ['{ fd }', (fd) => ({ fd })],
    ['{ fd() }', (fd) => ({ fd: () => fd })],
    ['a net.Socket around it', (fd) => socketAround(fd)],
  ];

  describe.each(shapes)('%s', (shape, make) => {
    const open = shape === 'a net.Socket around it' ? openDescriptor : ownDescriptor;

    it.each(['tcp', 'udp'] as const)('%s without a port takes both values, again and again', (type) => {
      if (type === 'udp' && shape === 'a net.Socket around it') return;
      const fd = open({ type });
      const target = make(fd);
      for (const value of [true, false, false, true, true]) {
        expect(setV6Only(target, value)).toBe(target);
        expect(witness(fd).v6only).toBe(Number(value));
        expect(getV6Only(target)).toBe(value);
      }
      setV6Only(target);
      expect(witness(fd).v6only).toBe(1);
    });

    it.each([true, false])('bound with %s takes that value only', (value) => {
      const fd = open({ v6Only: value, address: '::' });
      const target = make(fd);
      expect(setV6Only(target, value)).toBe(target);
      expect(thrown(() => setV6Only(target, !value))).toMatchObject({
        code: 'EINVAL',
        reason: 'already-bound',
        syscall: 'setsockopt',
        address: '::',
        port: expect.any(Number),
      });
      expect(witness(fd).v6only).toBe(Number(value));
    });

    it('bound to ::1 takes either value, and says what the kernel says', () => {
      const fd = open({ v6Only: false, address: '::1' });
      const target = make(fd);
      expect([setV6Only(target, true), setV6Only(target, false)]).toEqual([target, target]);
      expect(getV6Only(target)).toBe(witness(fd).v6only === 1);
    });

    it('bound to a mapped address takes false only', () => {
      const target = make(open({ v6Only: false, address: '::ffff:127.0.0.1' }));
      expect(setV6Only(target, false)).toBe(target);
      expect(thrown(() => setV6Only(target, true))).toMatchObject({ reason: 'already-bound' });
    });

    it.each([undefined, '127.0.0.1'])('over IPv4 (bound to %s) is not-ipv6', (address) => {
      const target = make(open(address === undefined ? { family: 'IPv4' } : { family: 'IPv4', address }));
      for (const [syscall, call] of CALLS)
        expect(thrown(() => call(target))).toMatchObject({
          code: 'ENOPROTOOPT',
          reason: 'not-ipv6',
          syscall,
        });
      expect(describeSocket(target)).toMatchObject({ family: 'IPv4', v6Only: null });
    });
  });
});

describe.each(KINDS)('getV6Only() and setV6Only(): a %s server', (_kind, make) => {
  it('for which nothing was asked is not open yet', () => {
    for (const call of [getV6Only, describeSocket])
      expect(thrown(() => call(closing(make())))).toMatchObject({ code: 'EBADF', reason: 'not-open-yet' });
  });

  it('that listens over IPv4 is not-ipv6', async () => {
    const server = await listening(closing(make()), 0, '127.0.0.1');
    for (const [syscall, call] of CALLS)
      expect(thrown(() => call(server))).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', syscall });
    expect(describeSocket(server)).toMatchObject({ family: 'IPv4', v6Only: null, accepts: ['IPv4'] });
  });

  it.each([true, false])('that listens with %s is read and takes that value only', async (value) => {
    const server = await listening(closing(make()), { port: 0, host: '::', ipv6Only: value });
    expect(getV6Only(server)).toBe(value);
    expect(setV6Only(server, value)).toBe(server);
    expect(thrown(() => setV6Only(server, !value))).toMatchObject({
      code: 'EINVAL',
      reason: 'already-bound',
    });
  });
});
