/** Each kind of socket on each kind of machine: one child per machine, in a network namespace of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlatformDefaults } from '../../src/index';
import { cannotRefuse, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, repositoryRoot } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { MACHINES, type Machine } from './fixtures/environments';

interface Case {
  before: boolean | string | null;
  thrown?: string | null;
  ended: string;
  reason?: string;
  syscall?: string;
  errno?: number;
  address?: string;
  after: boolean | string;
  listening?: boolean;
  ss?: string;
  v4?: string;
  v6?: string;
}

interface Report {
  cases: Record<string, Case>;
  defaults: PlatformDefaults;
  doctor: { status: number; ok: boolean; found: string[]; problems: number; defaults: PlatformDefaults };
  python: { tcp: number | null; udp: number | null; loopback: boolean; mapped: boolean };
  addresses: boolean;
  warnings: { dual: string[]; all: string[] };
}

const PROBE = join(repositoryRoot, 'test/netns/fixtures/probe.cjs');
const HOST_SYSCTLS = ['bindv6only', 'conf/all/disable_ipv6', 'conf/lo/disable_ipv6'];
const hostSysctls = () => HOST_SYSCTLS.map((name) => readFileSync(`/proc/sys/net/ipv6/${name}`, 'utf8'));

const noFilter = cannotRefuse('AF_INET6');
const missing = ({ through }: Machine) => noNamespaces ?? (through === undefined ? null : noFilter);
const titled = (machine: Machine) => {
  const reason = missing(machine);
  return {
    ...machine,
    reason,
    title: withReason(machine.name, reason),
  };
};

/** Where the case binds, and what it asks for; null for a stock socket. */
interface Asked {
  kind: 'tcp' | 'udp';
  v6Only: boolean | null;
  host: '::' | '::1';
}

const ASKED: Readonly<Record<string, Asked>> = {
  "stock server on '::'": { kind: 'tcp', v6Only: null, host: '::' },
  'stock udp6': { kind: 'udp', v6Only: null, host: '::' },
  'stock udp6 send': { kind: 'udp', v6Only: null, host: '::' },
  ...Object.fromEntries(
    [false, true].flatMap((v6Only): [string, Asked][] => [
      [`server ${v6Only}`, { kind: 'tcp', v6Only, host: '::' }],
      [`server ${v6Only} on '::'`, { kind: 'tcp', v6Only, host: '::' }],
      [`server ${v6Only} on ::1`, { kind: 'tcp', v6Only, host: '::1' }],
      [`udp6 ${v6Only}`, { kind: 'udp', v6Only, host: '::' }],
      [`udp6 ${v6Only} on '::'`, { kind: 'udp', v6Only, host: '::' }],
      [`udp6 ${v6Only} on ::1`, { kind: 'udp', v6Only, host: '::1' }],
      [`udp6 ${v6Only} send`, { kind: 'udp', v6Only, host: '::' }],
    ]),
  ),
};

/** A socket that was bound, as `ss`, the getter and both clients have to see it. */
function boundCase(machine: Machine, { kind, v6Only, host }: Asked): Case {
  const stock = kind === 'tcp' ? false : machine.fresh === 1;
  // Linux itself turns the option on for a socket that is bound to one IPv6 address.
  const value = host === '::1' ? true : (v6Only ?? stock);
  const reached = kind === 'tcp' ? 'connected' : 'arrived';
  const refused = kind === 'tcp' ? 'ECONNREFUSED' : 'lost';
  return {
    before: v6Only,
    ended: 'listening',
    address: host,
    after: value,
    ss: `IPv6 ${Number(value)}`,
    v4: machine.ipv4 ? (value ? refused : reached) : 'unreachable',
    v6: machine.loopback ? reached : 'unreachable',
  };
}

function failedCase(machine: Machine, { kind, v6Only, host }: Asked): Case {
  const [ended, errno, reason] =
    machine.fresh === null ? ['EAFNOSUPPORT', -97, 'no-ipv6'] : ['EADDRNOTAVAIL', -99, 'bind-failed'];
  const seen: Case = {
    before: v6Only,
    ended: String(ended),
    errno: Number(errno),
    syscall: kind === 'tcp' ? 'listen' : 'bind',
    address: host,
    // Nothing was opened, so what is remembered is what there is to say.
    after: v6Only ?? 'EBADF not-open-yet',
  };
  return v6Only === null ? seen : { ...seen, reason: String(reason) };
}

function expectedCase(machine: Machine, asked: Asked): Case {
  const fails = machine.fresh === null || (asked.host === '::1' && !machine.loopback);
  const result = fails ? failedCase(machine, asked) : boundCase(machine, asked);
  return asked.kind === 'tcp' ? { ...result, thrown: null, listening: !fails } : result;
}

const before = hostSysctls();
afterAll(() => {
  expect(hostSysctls(), "the host's own sysctls").toEqual(before);
});

for (const machine of MACHINES.map(titled)) {
  describe.skipIf(machine.reason !== null)(`setV6Only(), ${machine.title}`, () => {
    let report: Report;
    beforeAll(async () => {
      report = json(
        await runInNamespace(machine.setup, [...(machine.through ?? []), process.execPath, PROBE]),
      );
    });

    it.each(Object.entries(ASKED))('%s', (name, asked) => {
      const { errno, ...seen } = report.cases[name] ?? { after: 'missing', before: null, ended: 'missing' };
      expect(errno === undefined ? seen : { ...seen, errno }).toEqual(expectedCase(machine, asked));
    });

    it('a stock server without a host is as without the package', () => {
      const { ss, address, ended, reason } = report.cases['stock server'] ?? {};
      const [stockSs, stockAddress] = machine.fresh === null ? ['IPv4', '0.0.0.0'] : ['IPv6 0', '::'];
      expect({ ss, address, ended, reason }).toEqual({
        ss: stockSs,
        address: stockAddress,
        ended: 'listening',
        reason: undefined,
      });
    });

    it('platformDefaults says what Python, /proc and stock sockets say', () => {
      const { defaults, python, addresses, cases } = report;
      const { fresh, sysctl, loopback, address } = machine;
      expect({ fresh: python.tcp, udp: python.udp, loopback: python.loopback, addresses }).toEqual({
        fresh,
        udp: fresh,
        loopback,
        addresses: address,
      });
      expect(defaults).toEqual({
        platform: 'linux',
        release: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
        ipv6: fresh !== null,
        ipv6Loopback: loopback,
        ipv6Address: address,
        ipv4Mapped: python.mapped,
        v6Only: fresh === null ? null : fresh === 1,
        changeable: fresh !== null,
        sysctl: { name: 'net.ipv6.bindv6only', value: sysctl },
        node: fresh === null ? null : { tcp: false, udp: fresh === 1 },
      });
      const stock = { tcp: cases["stock server on '::'"]?.ss, udp: cases['stock udp6']?.ss };
      const { node } = defaults;
      if (node !== null)
        expect(stock).toEqual({ tcp: `IPv6 ${Number(node.tcp)}`, udp: `IPv6 ${Number(node.udp)}` });
    });

    it('doctor names what is wrong, and exits with 1 exactly then', () => {
      const { doctor, defaults } = report;
      expect(doctor.found).toEqual(machine.findings);
      const ok = doctor.problems === 0;
      expect(doctor).toMatchObject({ status: ok ? 0 : 1, ok, defaults });
    });

    it('warns once, and only of IPv6-only listeners that nobody can reach', () => {
      const all = machine.address || machine.fresh === null ? [] : ['V6ONLY_NO_ADDRESS'];
      expect(report.warnings).toEqual({ dual: [], all });
    });
  });
}
