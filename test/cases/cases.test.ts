/** Programs in the shape of known ones, as real clients of both families find them, with and without IPv6. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ListeningSocket } from '../../src/index';
import { cannotRefuse, inNamespace, LO_UP, noNamespaces, refuseFamily } from '../harness/namespace';
import { json, run } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { INTERFACE, type Outcome, PROGRAMS, type Program } from './programs';

interface Said {
  port: number;
  /** Absent where the program does not know them. */
  sockets?: ListeningSocket[];
  [word: string]: unknown;
}

/** What visit.cjs prints of each program. */
interface Report {
  args: string[];
  said: Said;
  sockets: { tcp: string[]; udp: string[] };
  answers: Record<string, string>;
  stderr: string;
  status: number | null;
  left: string[];
}

const OTHER_END = 'v6only1';

/** An interface with an address of each family, and one of the link; without IPv6 it has the IPv4 one. */
function machine(ipv6: boolean): string[] {
  const addresses = ipv6 ? ['2001:db8::1/64', 'fe80::1/64'] : [];
  const off = ['all', 'default'].map((which) => `echo 1 > /proc/sys/net/ipv6/conf/${which}/disable_ipv6`);
  return [
    LO_UP,
    ...(ipv6 ? [] : off),
    `ip link add ${INTERFACE} type veth peer name ${OTHER_END}`,
    ...[INTERFACE, OTHER_END].map((name) => `ip link set ${name} addrgenmode none up`),
    `ip addr add 192.0.2.1/24 dev ${INTERFACE}`,
    ...addresses.map((address) => `ip addr add ${address} dev ${INTERFACE} nodad`),
  ];
}

const MACHINES = [
  { name: 'both families', setup: machine(true), refuse: [], outcome: ({ both }: Program) => both },
  { name: 'disable_ipv6=1', setup: machine(false), refuse: [], outcome: ({ ipv4 }: Program) => ipv4 },
  {
    name: 'AF_INET6 refused',
    setup: machine(true),
    refuse: refuseFamily('AF_INET6'),
    outcome: ({ ipv4, refused = ipv4 }: Program) => refused,
  },
] as const;

async function visitAll(machine: (typeof MACHINES)[number]): Promise<Record<string, Report>> {
  const orders = PROGRAMS.map((program) => ({
    ...program,
    asks: Object.keys(machine.outcome(program).answers),
  }));
  const script = [process.execPath, join(__dirname, 'visit.cjs')];
  const [command = '', ...args] = inNamespace(machine.setup, [
    ...script,
    JSON.stringify(orders),
    JSON.stringify(machine.refuse),
  ]);
  return json(await run(command, args, { timeoutMs: 240_000 }));
}

/** As visit.cjs writes what ss shows. */
function asSeen({ address, v6Only }: ListeningSocket): string {
  if (v6Only === null) return address;
  if (address === '::' && !v6Only) return '* v6only:0';
  const [plain, zone] = address.split('%');
  return `[${plain}]${zone === undefined ? '' : `%${zone}`} v6only:${Number(v6Only)}`;
}

function expectOutcome(
  { said, sockets, ...report }: Report,
  { tcp = [], udp = [], ...expected }: Outcome,
): void {
  expect(report).toMatchObject({ status: 0, stderr: expect.stringMatching(expected.stderr ?? /^$/) });
  expect(sockets).toEqual({ tcp, udp });
  expect(report.answers).toEqual(expected.answers);
  expect(said).toMatchObject({ ...expected.says });
  expect(said['missing']).toEqual(expected.missing);
  if (said.sockets !== undefined)
    expect(said.sockets.map(asSeen).sort()).toEqual([...(tcp.length > 0 ? tcp : udp)].sort());
  expect(report.left).toEqual([]);
}

it('cases: every program is here', () => {
  const helpers = ['clients', 'ready', 'visit'];
  const files = readdirSync(__dirname).filter((name) => name.endsWith('.cjs'));
  const names = files.map((name) => basename(name, '.cjs')).filter((name) => !helpers.includes(name));
  expect(names).toEqual(PROGRAMS.map(({ name }) => name).sort());
});

for (const one of MACHINES) {
  const reason = noNamespaces ?? (one.refuse.length > 0 ? cannotRefuse('AF_INET6') : null);
  describe.skipIf(reason !== null)(withReason(`cases, ${one.name}`, reason), () => {
    let reports: Record<string, Report>;
    const reportOf = (name: string): Report => {
      const report = reports[name];
      if (report?.said) return report;
      throw new Error(`${name} did not start: ${report?.stderr}`);
    };
    beforeAll(async () => {
      reports = await visitAll(one);
    }, 300_000);

    it.each(PROGRAMS)('$name', (program) => {
      expectOutcome(reportOf(program.name), one.outcome(program));
    });

    it('dev-server: passes over a port that one family has taken, and takes the next', () => {
      const { args, said } = reportOf('dev-server');
      expect(said.port).toBe(Number(args[1]));
    });

    it('free-ports: servers that start at once get different ports of the range', () => {
      const { args, said } = reportOf('free-ports');
      const first = Number(args[0]);
      const ports = said['ports'];
      expect(ports).toHaveLength(4);
      expect(new Set(Array.isArray(ports) ? ports : []).size).toBe(4);
      for (const port of Array.isArray(ports) ? ports : [])
        expect(port - first).toBeOneOf([...Array(10).keys()]);
    });

    it('workers: each sees the sockets that they share', () => {
      const { said } = reportOf('workers');
      const { port, sockets } = said;
      expect(said['workers']).toEqual([
        { port, sockets },
        { port, sockets },
      ]);
    });
  });
}
