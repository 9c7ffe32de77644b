/** listen() and bindUdp() on machines that lack a family: what is opened, what is missing, what is refused. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cannotRefuse, LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, repositoryRoot } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { MACHINES } from './fixtures/environments';

type Socket = readonly ['IPv6' | 'IPv4', string, boolean | null];
interface Refusal {
  code: string;
  reason: string;
  syscall?: string;
}
interface Answer {
  sockets?: Socket[];
  ss?: string[];
  clients?: string[] | false;
  missing?: { family: string; address: string; error: Refusal }[];
  error?: Refusal;
  emitted?: string[];
  listening?: boolean;
  left: number;
}

const V6ONLY: Socket = ['IPv6', '::', true];
const DUAL: Socket = ['IPv6', '::', false];
const V4: Socket = ['IPv4', '0.0.0.0', null];
const LO6: Socket = ['IPv6', '::1', true];
const LO4: Socket = ['IPv4', '127.0.0.1', null];

const NO_IPV6 = { code: 'EAFNOSUPPORT', reason: 'no-ipv6' };
const NO_IPV4 = { code: 'EADDRNOTAVAIL', reason: 'bind-failed' };

interface Kind {
  name: string;
  setup: readonly string[];
  through?: readonly string[];
  /** The family that is not there. */
  lacks: 'IPv6' | 'IPv4' | null;
  /** What 'system' gives. */
  byDefault: Socket | null;
  /** How an address of the lacking family, written by the caller, fails. */
  literal: typeof NO_IPV6;
}

const machine = (name: string) => {
  const found = MACHINES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no machine ${name}`);
  return found;
};
const noIPv4 = [LO_UP, 'ip addr del 127.0.0.1/8 dev lo'];

const KINDS: readonly Kind[] = [
  { ...machine('bindv6only=0'), lacks: null, byDefault: DUAL, literal: NO_IPV4 },
  { ...machine('bindv6only=1'), lacks: null, byDefault: V6ONLY, literal: NO_IPV4 },
  { ...machine('bindv6only=2'), lacks: null, byDefault: DUAL, literal: NO_IPV4 },
  { ...machine('disable_ipv6=1'), lacks: 'IPv6', byDefault: null, literal: NO_IPV4 },
  { ...machine('AF_INET6 refused'), lacks: 'IPv6', byDefault: null, literal: NO_IPV6 },
  { name: 'no IPv4 address', setup: noIPv4, lacks: 'IPv4', byDefault: DUAL, literal: NO_IPV4 },
];

const error = (lacks: Kind['lacks']) => (lacks === 'IPv6' ? NO_IPV6 : NO_IPV4);
const missingOf = (lacks: Kind['lacks'], [family, address]: Socket) => ({
  family,
  address,
  error: expect.objectContaining(error(lacks)),
});

interface Order {
  options: Record<string, unknown>;
  /** The sockets, or the refusal. */
  expected: (kind: Kind) => readonly Socket[] | Refusal;
  /** The endpoints of which one may be left out. */
  optional?: readonly Socket[];
}

/** A wildcard of both families: what there is of it. */
const present = (sockets: readonly Socket[]) => (kind: Kind) =>
  sockets.filter(([family]) => family !== kind.lacks);
const needsBoth = (sockets: readonly Socket[]) => (kind: Kind) =>
  kind.lacks === null ? sockets : error(kind.lacks);
const dual = (kind: Kind) => (kind.lacks === 'IPv6' ? [V4] : [DUAL]);
const ipv6 = (kind: Kind) => (kind.lacks === 'IPv6' ? NO_IPV6 : [V6ONLY]);
const system = ({ byDefault }: Kind) => (byDefault === null ? NO_IPV6 : [byDefault]);
const systemBoth = (kind: Kind) =>
  kind.byDefault === V6ONLY ? NO_IPV4 : kind.lacks === null ? system(kind) : error(kind.lacks);
const literals = (kind: Kind) => (kind.lacks === null ? [LO6, LO4] : kind.literal);

const ORDERS: readonly Order[] = [
  { options: {}, expected: present([V6ONLY, V4]), optional: [V6ONLY, V4] },
  { options: { host: '::' }, expected: present([V6ONLY, V4]), optional: [V6ONLY, V4] },
  { options: { stack: 'split', required: 'both' }, expected: needsBoth([V6ONLY, V4]) },
  { options: { stack: 'ipv6' }, expected: ipv6 },
  { options: { stack: 'dual' }, expected: dual, optional: [DUAL] },
  { options: { stack: 'dual', required: 'both' }, expected: needsBoth([DUAL]) },
  { options: { stack: 'system' }, expected: system },
  { options: { stack: 'system', required: 'both' }, expected: systemBoth },
  { options: { host: ['::1', '127.0.0.1'] }, expected: literals },
  { options: { host: 'both.test' }, expected: present([LO6, LO4]), optional: [LO6, LO4] },
  { options: { host: 'both.test', required: 'both' }, expected: needsBoth([LO6, LO4]) },
  { options: { host: ['both.test', '::1', '127.0.0.1'] }, expected: literals },
  { options: { host: 'ipv6.test' }, expected: (k) => (k.lacks === 'IPv6' ? NO_IPV6 : [LO6]) },
  { options: { host: 'ipv4.test' }, expected: (k) => (k.lacks === 'IPv4' ? NO_IPV4 : [LO4]) },
  // An address that the caller wrote is never left out: what the kernel says counts.
  { options: { host: '0.0.0.0' }, expected: () => [V4] },
];
const ALL = (['tcp', 'udp'] as const).flatMap((kind) => ORDERS.map((order) => ({ kind, ...order })));

const noFilter = cannotRefuse('AF_INET6');
for (const kind of KINDS) {
  const reason = noNamespaces ?? (kind.through === undefined ? null : noFilter);
  describe.skipIf(reason !== null)(withReason(`listen() and bindUdp(), ${kind.name}`, reason), () => {
    let answers: Answer[];
    beforeAll(async () => {
      const orders = JSON.stringify(ALL.map((order) => [order.kind, order.options]));
      const fixture = join(repositoryRoot, 'test/netns/fixtures/listen.cjs');
      answers = json(
        await runInNamespace(kind.setup, [...(kind.through ?? []), process.execPath, fixture, orders]),
      );
    });

    it.each(ALL.map((order, index) => ({ ...order, index })))('$kind $options', (order) => {
      const answer = answers[order.index] ?? { left: -1 };
      const expected = order.expected(kind);
      if ('code' in expected) {
        expect(answer).toMatchObject({ error: expected, emitted: [], listening: false, left: 0 });
        return;
      }
      const missing = (order.optional ?? []).filter(([family]) => family === kind.lacks);
      expect(answer).toMatchObject({
        sockets: expected,
        ss: expected.map(([, , v6Only]) => (v6Only === null ? 'IPv4' : String(Number(v6Only)))).sort(),
        left: 0,
      });
      // A dual-stack wildcard may or may not name the IPv4 that it would have served.
      if (order.options['stack'] !== 'dual' || kind.lacks === 'IPv6')
        expect(answer.missing).toEqual(missing.map((one) => missingOf(kind.lacks, one)));
      if (order.kind === 'udp') return;
      const serves = (family: string) =>
        family !== kind.lacks &&
        expected.some(([own, , v6Only]) => own === family || (v6Only === false && family === 'IPv4'));
      expect(answer.clients).toEqual(
        ['IPv6', 'IPv4'].map((family) => (serves(family) ? 'connected' : expect.stringMatching(/^E/))),
      );
    });

    it('each error names the system call of its kind', () => {
      const said = ALL.flatMap(({ kind: protocol, options }, index) => {
        const { error: own, missing = [] } = answers[index] ?? {};
        const all = [...(own ? [own] : []), ...missing.map((one) => one.error)];
        const right = protocol === 'tcp' ? 'listen' : 'bind';
        return all
          .filter(({ syscall }) => syscall !== right)
          .map(({ syscall }) => [protocol, options, syscall]);
      });
      expect(said).toEqual([]);
    });
  });
}

/** What stock Node's `listen` binds there: before the network is up nobody can tell what the machine does not have. */
describe.skipIf(noNamespaces !== null)(withReason('every interface down:', noNamespaces), () => {
  const DOWN: readonly [options: object, expected: readonly Socket[] | Refusal][] = [
    [{}, [V6ONLY, V4]],
    [{ stack: 'dual' }, [DUAL]],
    [{ stack: 'ipv6' }, [V6ONLY]],
    [{ stack: 'system' }, [DUAL]],
    [{ required: 'both' }, NO_IPV6],
    [{ host: 'both.test' }, NO_IPV4],
    [{ host: '::1' }, NO_IPV4],
    // Linux lets 127.0.0.1 be bound before the loopback interface is up.
    [{ host: '127.0.0.1' }, [LO4]],
  ];
  const both = (['tcp', 'udp'] as const).flatMap((kind) =>
    DOWN.map(([options, expected], index) => ({ kind, options, expected, index })),
  );
  const answers: Answer[] = [];
  beforeAll(async () => {
    const orders = JSON.stringify(both.map(({ kind, options }) => [kind, options]));
    const fixture = join(repositoryRoot, 'test/netns/fixtures/listen.cjs');
    answers.push(...json<Answer[]>(await runInNamespace([], [process.execPath, fixture, orders])));
  });

  it.each(both)('$kind $options', ({ kind, expected, index }) => {
    const answer = answers[kind === 'tcp' ? index : DOWN.length + index];
    if ('code' in expected) expect(answer).toMatchObject({ error: expected, listening: false, left: 0 });
    else expect(answer).toMatchObject({ sockets: expected, missing: [], left: 0 });
  });
});
