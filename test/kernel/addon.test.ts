/** One suite for the real addon and for every fake, so that what is tried on a fake holds on the system. */
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Addon, FAMILY, REUSE, TYPE } from '../../src/kernel/addon';
import { SocketTable } from '../../src/machine/socket-rows';
import { FakeKernel, RULES, type Rules } from '../fake/fake-kernel';
import { errno } from '../harness/kernels';

const load: (folder: string) => Addon = createRequire(__filename)('node-gyp-build');
const root = join(__dirname, '..', '..');

const HERE = RULES[process.platform as Rules['system']];
const IMPLEMENTATIONS: [string, Addon, Rules][] = [
  [`the real addon on ${process.platform}`, load(root), HERE],
  ['a fake Linux', new FakeKernel(RULES.linux), RULES.linux],
  ['a fake FreeBSD', new FakeKernel(RULES.freebsd), RULES.freebsd],
  ['a fake macOS', new FakeKernel(RULES.darwin), RULES.darwin],
  ['a fake NetBSD', new FakeKernel(RULES.netbsd), RULES.netbsd],
];

/** A descriptor in an event loop, and what JavaScript has of it. */
interface InLoop {
  target: { ref(): unknown; unref(): unknown };
  fd: number;
  referenced(): boolean;
}

const handleOf = (server: net.Server): { hasRef(): boolean } => Reflect.get(server, '_handle');

describe.each(IMPLEMENTATIONS)('%s', (_name, addon, rules) => {
  const opened: number[] = [];

  function open(family: number, type: number): number {
    const fd = addon.open(family, type);
    expect(fd).toBeGreaterThanOrEqual(0);
    opened.push(fd);
    return fd;
  }

  function portOf(fd: number): number {
    const info = addon.describe(fd);
    return typeof info === 'number' ? info : (info.local?.port ?? 0);
  }

  afterEach(() => {
    for (const fd of opened.splice(0)) addon.close(fd);
  });

  const types = [
    ['stream', TYPE.stream],
    ['datagram', TYPE.datagram],
  ] as const;

  it.each(types)('starts a %s socket with the value of the sysctl', (_, type) => {
    const sysctl = addon.readSysctl(rules.sysctl.name);
    expect(sysctl).toEqual({ value: expect.any(Number) });
    const value = typeof sysctl === 'number' ? sysctl : sysctl.value & 1;
    expect(addon.getV6Only(open(FAMILY.IPv6, type))).toBe(value);
  });

  it.each(types)('sets both values on a %s socket, again and again', (_, type) => {
    const fd = open(FAMILY.IPv6, type);
    for (const value of [true, true, false, false, true]) {
      expect(addon.setV6Only(fd, value)).toBe(0);
      expect(addon.getV6Only(fd)).toBe(Number(value));
    }
  });

  it.each(types)('refuses to set a %s socket that has a port, even to its own value', (_, type) => {
    for (const value of [true, false]) {
      const fd = open(FAMILY.IPv6, type);
      addon.setV6Only(fd, value);
      expect(addon.bind(fd, '::', 0)).toBe(0);
      expect(addon.setV6Only(fd, value)).toBe(errno('EINVAL'));
      expect(addon.setV6Only(fd, !value)).toBe(errno('EINVAL'));
      expect(addon.getV6Only(fd)).toBe(Number(value));
    }
  });

  it.each(types)('describes a %s socket before and after bind', (_, type) => {
    const fd = open(FAMILY.IPv6, type);
    const unbound = {
      family: FAMILY.IPv6,
      type,
      listening: 0,
      local: { address: '::', port: 0 },
      peer: null,
    };
    expect(addon.describe(fd)).toEqual(unbound);
    expect(addon.bind(fd, '::1', 0)).toBe(0);
    expect(addon.describe(fd)).toEqual({ ...unbound, local: { address: '::1', port: expect.any(Number) } });
    expect(portOf(fd)).toBeGreaterThan(0);
  });

  it.each(types)('reads a %s socket bound to ::1 as this kernel does', (_, type) => {
    const fd = open(FAMILY.IPv6, type);
    addon.setV6Only(fd, false);
    addon.bind(fd, '::1', 0);
    expect(addon.getV6Only(fd)).toBe(Number(rules.specificTurnsOn));
  });

  it.each(types)('has no option on an AF_INET %s socket', (_, type) => {
    const fd = open(FAMILY.IPv4, type);
    expect(addon.getV6Only(fd)).toBe(errno(rules.getOnIPv4));
    expect(addon.setV6Only(fd, true)).toBe(errno(rules.setOnIPv4));
    expect(addon.describe(fd)).toMatchObject({ family: FAMILY.IPv4, local: { address: '0.0.0.0', port: 0 } });
  });

  it.each(types)('binds a %s socket to an IPv4-mapped address only with the option 0', (_, type) => {
    const fd = open(FAMILY.IPv6, type);
    addon.setV6Only(fd, true);
    expect(addon.bind(fd, '::ffff:127.0.0.1', 0)).toBe(errno(rules.mappedBindWhenIPv6Only));
    expect(addon.setV6Only(fd, false)).toBe(0);
    expect(addon.bind(fd, '::ffff:127.0.0.1', 0)).toBe(0);
    expect(addon.getV6Only(fd)).toBe(0);
  });

  it.each(types)('lets an IPv6-only %s socket bind beside 0.0.0.0, in both orders', (_, type) => {
    const [first, beside] = [open(FAMILY.IPv4, type), open(FAMILY.IPv6, type)];
    addon.setV6Only(beside, true);
    expect(addon.bind(first, '0.0.0.0', 0)).toBe(0);
    expect(addon.bind(beside, '::', portOf(first))).toBe(0);
    const [other, behind] = [open(FAMILY.IPv6, type), open(FAMILY.IPv4, type)];
    addon.setV6Only(other, true);
    expect(addon.bind(other, '::', 0)).toBe(0);
    expect(addon.bind(behind, '0.0.0.0', portOf(other))).toBe(0);
  });

  it.each(types)('lets a dual-stack %s socket bind beside 0.0.0.0 as this kernel does', (_, type) => {
    const [first, second] = [open(FAMILY.IPv4, type), open(FAMILY.IPv6, type)];
    addon.setV6Only(second, false);
    expect(addon.bind(first, '0.0.0.0', 0)).toBe(0);
    const expected = rules.dualBindsBesideIPv4Wildcard ? 0 : errno('EADDRINUSE');
    expect(addon.bind(second, '::', portOf(first))).toBe(expected);
    const [dual, ipv4] = [open(FAMILY.IPv6, type), open(FAMILY.IPv4, type)];
    addon.setV6Only(dual, false);
    expect(addon.bind(dual, '::', 0)).toBe(0);
    expect(addon.bind(ipv4, '0.0.0.0', portOf(dual))).toBe(errno('EADDRINUSE'));
  });

  it('answers EBADF for a descriptor that is not open', () => {
    const fd = open(FAMILY.IPv6, TYPE.stream);
    expect(addon.close(fd)).toBe(0);
    expect(addon.getV6Only(fd)).toBe(errno('EBADF'));
    expect(addon.setV6Only(fd, true)).toBe(errno('EBADF'));
    expect(addon.describe(fd)).toBe(errno('EBADF'));
    expect(addon.bind(fd, '::', 0)).toBe(errno('EBADF'));
    expect(addon.setReuse(fd, REUSE.address)).toBe(errno('EBADF'));
    expect(addon.close(fd)).toBe(errno('EBADF'));
  });

  describe('findDescriptor', () => {
    function inLoop(): InLoop {
      const fd = open(FAMILY.IPv6, TYPE.stream);
      if (addon instanceof FakeKernel) {
        const target = addon.handle(fd);
        return { target, fd, referenced: () => target.referenced };
      }
      const server = net.createServer();
      server.listen({ fd });
      // Its close() closes the descriptor.
      opened.splice(opened.indexOf(fd), 1);
      servers.push(server);
      return { target: server, fd, referenced: () => handleOf(server).hasRef() };
    }

    const servers: net.Server[] = [];
    afterEach(() => {
      for (const server of servers.splice(0)) server.close();
    });

    const find = ({ target }: InLoop) => addon.findDescriptor(target, target.ref, target.unref);

    it('finds each of several, referenced or not, and leaves them so', () => {
      const several = [inLoop(), inLoop(), inLoop()];
      several[1]?.target.unref();
      for (const one of [...several, ...several]) expect(find(one)).toBe(one.fd);
      expect(several.map((one) => one.referenced())).toEqual([true, false, true]);
    });

    it.each([false, true])('leaves what it was when ref() throws (unreferenced: %s)', (unreferenced) => {
      const one = inLoop();
      if (unreferenced) one.target.unref();
      const throwing = () => {
        one.target.ref();
        throw new Error('refused');
      };
      expect(addon.findDescriptor(one.target, throwing, one.target.unref)).toBe(errno('ECANCELED'));
      expect(one.referenced()).toBe(!unreferenced);
    });

    it('leaves it unreferenced when unref() throws', () => {
      const one = inLoop();
      one.target.unref();
      const throwing = () => {
        throw new Error('refused');
      };
      expect(addon.findDescriptor(one.target, one.target.ref, throwing)).toBe(errno('ECANCELED'));
      expect(one.referenced()).toBe(false);
    });

    it('finds nothing where ref() does nothing or concerns two', () => {
      const [one, other] = [inLoop(), inLoop()];
      other.target.unref();
      const nothing = () => undefined;
      expect(addon.findDescriptor(one.target, nothing, nothing)).toBe(errno('ENOENT'));
      const both = () => [one.target.ref(), other.target.ref()];
      expect(addon.findDescriptor(one.target, both, nothing)).toBe(errno('EEXIST'));
      expect([one.referenced(), other.referenced()]).toEqual([true, false]);
    });

    it('refuses wrong arguments', () => {
      const wrong: readonly unknown[] = [undefined, null, 3, 'x', true];
      const nothing = () => undefined;
      for (const value of wrong) {
        const given: readonly unknown[][] = [
          [value, nothing, nothing],
          [{}, value, nothing],
          [{}, nothing, value],
        ];
        for (const values of given)
          expect(Reflect.apply(addon.findDescriptor, addon, values)).toBe(errno('EINVAL'));
      }
    });
  });

  it.each([true, false])('lists a UDP socket with the option %s by its port, where it can', (value) => {
    const [udp, tcp] = [open(FAMILY.IPv6, TYPE.datagram), open(FAMILY.IPv6, TYPE.stream)];
    addon.setV6Only(udp, value);
    for (const fd of [udp, tcp]) expect(addon.bind(fd, '::', 0)).toBe(0);
    const list = (type: number, fd: number) => addon.listListeners?.(type, portOf(fd));
    const lists = [list(TYPE.datagram, udp), list(TYPE.stream, tcp)];
    if (rules.system !== 'linux') return expect(lists).toEqual([errno('ENOTSUP'), errno('ENOTSUP')]);
    const [datagrams, listeners] = lists.map((bytes) => new SocketTable(Object(bytes)));
    // A TCP socket that does not listen is none.
    expect([datagrams?.length, listeners?.length]).toEqual([1, 0]);
    const local = { address: '::', port: portOf(udp) };
    expect(datagrams?.row(0)).toMatchObject({ protocol: value ? 'udp6' : 'udp46', local, v6Only: value });
  });

  it('answers ENOENT for a sysctl that does not exist', () => {
    expect(addon.readSysctl('net.inet6.no_such_name')).toBe(errno('ENOENT'));
  });
});
