/** What cannot be run here: FreeBSD, macOS, machines without IPv6 and kernels that lie, on a fake kernel. */
import dgram from 'node:dgram';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { examine } from '../../src/cli/doctor';
import { bindUdp, describeSocket, getV6Only, listen, setStack, setV6Only } from '../../src/index';
import { type Addon, FAMILY, REUSE, TYPE } from '../../src/kernel/addon';
import { setDescriptor } from '../../src/kernel/descriptor';
import { requireIPv4WildcardFree } from '../../src/machine/conflicts';
import { platformDefaults } from '../../src/machine/defaults';
import { dropsIPv6OnlyWithoutHost } from '../../src/runtime/support';
import { FakeKernel, type FakeOptions, RULES, type Rules } from '../fake/fake-kernel';
import { errno } from '../harness/kernels';
import { outcome } from '../harness/sockets';

const current = vi.hoisted((): { addon: Addon | undefined } => ({ addon: undefined }));
vi.mock('../../src/kernel/addon', async (original) => ({
  ...(await original<typeof import('../../src/kernel/addon')>()),
  addon: () => current.addon,
}));

/** reusePort came with the same versions as the fixed ipv6Only. */
const KNOWS_REUSE_PORT = !dropsIPv6OnlyWithoutHost(process.version);

let kernel: FakeKernel;
const realPlatform = process.platform;

function pretend(system: Rules['system'], options?: FakeOptions): FakeKernel {
  Object.defineProperty(process, 'platform', { value: system });
  kernel = new FakeKernel(RULES[system], options);
  current.addon = kernel;
  return kernel;
}

beforeEach(() => void pretend('linux'));
afterEach(() => {
  expect(kernel.openDescriptors, 'descriptors left open').toBe(0);
  Object.defineProperty(process, 'platform', { value: realPlatform });
});

describe('platformDefaults', () => {
  const cases: [Rules['system'], FakeOptions, object][] = [
    [
      'linux',
      {},
      { v6Only: false, sysctl: { name: 'net.ipv6.bindv6only', value: 0 }, node: { tcp: false, udp: false } },
    ],
    ['linux', { sysctl: 1 }, { v6Only: true, node: { tcp: false, udp: true } }],
    ['linux', { sysctl: 2 }, { v6Only: false, sysctl: { name: 'net.ipv6.bindv6only', value: 2 } }],
    [
      'freebsd',
      {},
      { v6Only: true, sysctl: { name: 'net.inet6.ip6.v6only', value: 1 }, node: { tcp: false, udp: true } },
    ],
    [
      'netbsd',
      {},
      { v6Only: true, sysctl: { name: 'net.inet6.ip6.v6only', value: 1 }, node: { tcp: false, udp: true } },
    ],
    ['openbsd', {}, { v6Only: true, changeable: false, sysctl: null, node: { tcp: true, udp: true } }],
    ['win32', {}, { v6Only: true, changeable: true, sysctl: null, node: { tcp: false, udp: false } }],
    ['darwin', {}, { v6Only: false, sysctl: { name: 'net.inet6.ip6.v6only', value: 0 } }],
    [
      'linux',
      { noIPv6: 'EAFNOSUPPORT' },
      { ipv6: false, v6Only: null, node: null, changeable: false, ipv4Mapped: false },
    ],
    [
      'freebsd',
      { noIPv6: 'EPROTONOSUPPORT' },
      { ipv6: false, v6Only: null, node: null, ipv6Loopback: false },
    ],
  ];
  it.each(cases)('on %s with %j', (system, options, expected) => {
    pretend(system, options);
    expect(platformDefaults()).toMatchObject(expected);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])('is an error, not "no IPv6", when %s', (code) => {
    pretend('linux', { noIPv6: code });
    expect(() => platformDefaults()).toThrow(
      expect.objectContaining({ code, reason: 'resources', syscall: 'socket' }),
    );
  });
});

describe('doctor', () => {
  const cases: [Rules['system'], FakeOptions, string, 'problem' | 'note'][] = [
    ['linux', { sysctl: 1 }, 'udp-differs-from-tcp', 'note'],
    ['freebsd', {}, 'udp-differs-from-tcp', 'note'],
    ['linux', { noIPv6: 'EAFNOSUPPORT' }, 'no-ipv6', 'note'],
    ['linux', { noIPv6: 'EMFILE' }, 'resources', 'problem'],
  ];
  it.each(cases)('on %s with %j finds %s, a %s', async (system, options, id, severity) => {
    pretend(system, options);
    const report = await examine();
    expect(report.findings.find((finding) => finding.id === id)).toMatchObject({ severity });
    expect(report.ok).toBe(severity === 'note');
  });
});

describe('setDescriptor', () => {
  it('is a mismatch when setsockopt answers 0 and does nothing', () => {
    const fake = pretend('linux', { lies: true });
    const fd = fake.open(FAMILY.IPv6, TYPE.stream);
    expect(() => setDescriptor(fd, true)).toThrow(
      expect.objectContaining({ code: 'EINVAL', reason: 'mismatch' }),
    );
    fake.close(fd);
  });
});

describe('setV6Only(), setStack(), bindUdp() and listen() on OpenBSD, which has no dual-stack sockets', () => {
  const fields = {
    code: 'ENOTSUP',
    reason: 'unsupported-platform',
    message: expect.stringContaining("'split'"),
  };

  it('refuse what is dual-stack, and say what serves both families', async () => {
    pretend('openbsd');
    const server = net.createServer();
    expect(() => setV6Only(server, false)).toThrow(expect.objectContaining(fields));
    expect(() => setV6Only(dgram.createSocket('udp6'), false)).toThrow(expect.objectContaining(fields));
    expect(() => setStack(server, 'dual')).toThrow(expect.objectContaining(fields));
    await expect(listen(server, { port: 0, stack: 'dual' })).rejects.toMatchObject(fields);
    await expect(bindUdp({ port: 0, stack: 'dual' })).rejects.toMatchObject(fields);
    expect(server.listening).toBe(false);
  });

  it('take true, and read what cannot be set', () => {
    const fake = pretend('openbsd');
    expect(getV6Only(setV6Only(net.createServer(), true))).toBe(true);
    const fd = fake.open(FAMILY.IPv6, TYPE.stream);
    expect(getV6Only(setV6Only(fd, true))).toBe(true);
    expect(() => setV6Only(fd, false)).toThrow(expect.objectContaining(fields));
    fake.close(fd);
  });
});

describe('on Windows', () => {
  const refused = { code: 'ENOTSUP', reason: 'unsupported-platform' };

  it.each([3, { fd: 3 }, { fd: -1 }, { fd: () => -1 }])('a number names no socket: %o', (target) => {
    pretend('win32');
    for (const call of [setV6Only, getV6Only, describeSocket])
      expect(() => call(target)).toThrow(expect.objectContaining(refused));
  });

  it('a server does not listen on { fd }', async () => {
    pretend('win32');
    const server = setV6Only(net.createServer(), true);
    server.listen({ fd: 3 });
    expect((await outcome(server)).error).toMatchObject(refused);
  });

  it('a descriptor is not shown, and libuv tells where it is', async () => {
    const fake = pretend('win32');
    const server = net.createServer().listen(0, '::1');
    await outcome(server);
    const fd = fake.open(FAMILY.IPv6, TYPE.stream);
    fake.bind(fd, '::1', 40123);
    // The handle of Linux shows one.
    const handle: object = Reflect.get(server, '_handle');
    Object.defineProperty(handle, 'fd', { value: -1, configurable: true });
    vi.spyOn(fake, 'findDescriptor').mockReturnValue(fd);
    expect(describeSocket(server)).toMatchObject({ fd: null, v6Only: true, local: { port: 40123 } });
    fake.close(fd);
    server.close();
  });

  it('the option of udp6 is a flag of libuv, and no socket is opened for it', async () => {
    const fake = pretend('win32');
    const opened = vi.spyOn(fake, 'open');
    const socket = setV6Only(dgram.createSocket('udp6'), true);
    socket.bind(0);
    // The fake does not know the socket that Node opened.
    expect((await outcome(socket)).error).toMatchObject({ code: 'EBADF' });
    expect(opened).not.toHaveBeenCalled();
  });

  it('0.0.0.0 is looked for without SO_REUSEADDR, which would take its port', async () => {
    const fake = pretend('win32');
    const fd = fake.open(FAMILY.IPv4, TYPE.stream);
    fake.bind(fd, '0.0.0.0', 40123);
    const server = setV6Only(net.createServer(), false).listen(40123);
    expect((await outcome(server)).error).toMatchObject({ code: 'EADDRINUSE', reason: 'bind-failed' });
    fake.close(fd);
  });
});

describe.each(['freebsd', 'darwin', 'netbsd'] as const)(
  'setV6Only(): a dual-stack [::] beside 0.0.0.0 on %s',
  (system) => {
    const PORT = 40123;
    const WILDCARDS = [undefined, '::', '0:0:0:0:0:0:0:0'];

    function hold(address: string, type: number): number {
      const fd = kernel.open(FAMILY.IPv4, type);
      expect(kernel.bind(fd, address, PORT)).toBe(0);
      return fd;
    }

    it.each(WILDCARDS)('is EADDRINUSE for a server on %s', async (host) => {
      pretend(system);
      const fd = hold('0.0.0.0', TYPE.stream);
      const server = setV6Only(net.createServer(), false);
      server.listen({ port: PORT, host });
      const { events, error } = await outcome(server);
      expect(events).toEqual(['error']);
      expect(error).toMatchObject({
        code: 'EADDRINUSE',
        reason: 'bind-failed',
        syscall: 'listen',
        port: PORT,
      });
      expect(error?.message).toContain('another socket accepts IPv4 on this port');
      expect(server.listening).toBe(false);
      kernel.close(fd);
    });

    it('is EADDRINUSE for a udp6 socket, and not asked with reuseAddr', async () => {
      pretend(system);
      const fd = hold('0.0.0.0', TYPE.datagram);
      const socket = setV6Only(dgram.createSocket('udp6'), false);
      socket.bind(PORT);
      const { error } = await outcome(socket);
      expect(error).toMatchObject({ code: 'EADDRINUSE', reason: 'bind-failed', syscall: 'bind' });
      socket.close();
      kernel.close(fd);
    });

    const others: [string, boolean, string, string | undefined, object][] = [
      ['an IPv6-only server', true, '0.0.0.0', undefined, {}],
      ['127.0.0.1 held', false, '127.0.0.1', undefined, {}],
      ['another address', false, '0.0.0.0', '::1', {}],
    ];
    it.for([true, false])('with reusePort the holder has it too: %s', async (member, { skip }) => {
      if (!KNOWS_REUSE_PORT) return skip('this Node ignores reusePort');
      pretend(system);
      const fd = kernel.open(FAMILY.IPv4, TYPE.stream);
      kernel.setReuse(fd, member ? REUSE.port : REUSE.none);
      expect(kernel.bind(fd, '0.0.0.0', PORT)).toBe(0);
      const server = setV6Only(net.createServer(), false);
      server.listen({ port: PORT, reusePort: true });
      const { error } = await outcome(server);
      expect(error?.code === 'EADDRINUSE').toBe(!member);
      kernel.close(fd);
    });

    it.each([true, false])('is looked for with SO_REUSEPORT; the holder has it too: %s', (member) => {
      pretend(system);
      const fd = kernel.open(FAMILY.IPv4, TYPE.stream);
      kernel.setReuse(fd, member ? REUSE.port : REUSE.none);
      expect(kernel.bind(fd, '0.0.0.0', PORT)).toBe(0);
      const bind = { syscall: 'listen', type: TYPE.stream, address: '::', port: PORT };
      const look = (reusePort: boolean) => () => requireIPv4WildcardFree({ ...bind, reusePort });
      expect(look(false)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
      if (member) expect(look(true)).not.toThrow();
      else expect(look(true)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
      kernel.close(fd);
    });

    it.each(['EPROTONOSUPPORT', 'EAFNOSUPPORT'])(
      'in a jail without IPv4 (%s) nothing is in the way',
      async (noIPv4) => {
        pretend(system, { noIPv4 });
        const server = setV6Only(net.createServer(), false);
        server.listen({ port: PORT });
        const { error } = await outcome(server);
        // The fake does not know the socket that Node opened, so the read-back ends in EBADF: past the question.
        expect(error).toMatchObject({ code: 'EBADF' });
      },
    );

    it.for(others)('is no question for %s', async ([, v6Only, held, host, options]) => {
      pretend(system);
      const fd = hold(held, TYPE.stream);
      const opened = vi.spyOn(kernel, 'open');
      const server = setV6Only(net.createServer(), v6Only);
      server.listen({ port: PORT, host, ...options });
      const { error } = await outcome(server);
      // The fake does not know the socket that Node opened, so the read-back ends in EBADF: past the question.
      expect(error?.code).not.toBe('EADDRINUSE');
      const asked = opened.mock.calls.some(([family]) => family === FAMILY.IPv4);
      expect(asked).toBe(held === '127.0.0.1');
      kernel.close(fd);
    });
  },
);

describe('setV6Only(): a udp6 socket of a machine', () => {
  it.each(['EAFNOSUPPORT', 'EMFILE'])(
    'that answers %s is an error event, and can be bound later',
    async (code) => {
      pretend('linux', { noIPv6: code });
      const socket = setV6Only(dgram.createSocket('udp6'), true);
      socket.bind(0);
      const { events, error } = await outcome(socket);
      expect(events).toEqual(['error']);
      expect(error).toMatchObject({
        code,
        syscall: 'bind',
        reason: code === 'EMFILE' ? 'resources' : 'no-ipv6',
      });
      pretend('linux', { noIPv6: code });
      expect(() => socket.addMembership('ff02::1')).toThrow(expect.objectContaining({ code }));
      socket.close();
    },
  );

  it('whose setsockopt lies is a mismatch, and the descriptor is closed', async () => {
    pretend('linux', { lies: true });
    const socket = setV6Only(dgram.createSocket('udp6'), true);
    socket.bind(0);
    const { error } = await outcome(socket);
    expect(error).toMatchObject({ code: 'EINVAL', reason: 'mismatch' });
    expect(errno('EINVAL')).toBe(error?.errno);
    socket.close();
  });
});
