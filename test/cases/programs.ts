/** The programs of this folder, and what each is to serve: where there are both families, and where there is IPv4 alone. */
import { join } from 'node:path';
import { packageRoot } from '../harness/node-child';

/** What runs beside the programs, by the setup of the machines: cases.test.ts. */
export const INTERFACE = 'v6only0';

export interface Outcome {
  /** Listeners as ss has them: see visit.cjs. */
  tcp?: readonly string[];
  udp?: readonly string[];
  /** What the program says that it left out. */
  missing?: readonly string[];
  /** What each client got, by its kind and the address it went to. */
  answers: Record<string, string>;
  /** Further words of the program. */
  says?: Record<string, unknown>;
  stderr?: RegExp;
}

export interface Program {
  name: string;
  /** A command that starts it, and flags of node. */
  through?: readonly string[];
  flags?: readonly string[];
  env?: Record<string, string>;
  /** 'free' and 'busy' stand for such ports. */
  args?: readonly string[];
  both: Outcome;
  /** With no IPv6 address on any interface. */
  ipv4: Outcome;
  /** With AF_INET6 refused by the kernel, where that is not the same. */
  refused?: Outcome;
}

const SPLIT = ['[::] v6only:1', '0.0.0.0'];
const LOOPBACKS = ['[::1] v6only:1', '127.0.0.1'];

/** A client of each loopback address, and what it is answered: 'refused', or its own address in the program's words. */
function clients(kind: string, ipv6: boolean, words = (address: string) => address): Record<string, string> {
  return {
    [`${kind} ::1`]: ipv6 ? words('::1') : 'refused',
    [`${kind} 127.0.0.1`]: words('127.0.0.1'),
  };
}

/** On every interface, where there are both families and where there is IPv4 alone. */
const EVERYWHERE = {
  both: { tcp: SPLIT, answers: clients('http', true) },
  ipv4: { tcp: ['0.0.0.0'], answers: clients('http', false) },
};
const ON_THIS_MACHINE = {
  both: { tcp: LOOPBACKS, answers: clients('http', true) },
  ipv4: { tcp: ['127.0.0.1'], answers: clients('http', false) },
};
const ALL_OF_IT = { missing: [] };
const NO_WILDCARD = { missing: ['::'] };
const NO_LOOPBACK = { missing: ['::1'] };

const database = (address: string) => `database ${address}`;
const signedIn = (address: string) => `signed in with 42 from ${address}`;
const overBoth = (address: string) => `udp ${address}, tcp ${address}`;

const WARNED = /^warning: database is not on ::1: no-ipv6\n$/;
const NEXT_PORT = /^Port \d+ is in use, using \d+ instead\.\n$/;

const TO_GROUP6 = `multicast ff02::1:7%${INTERFACE} from ::%${INTERFACE}`;
const TO_GROUP4 = 'multicast 239.255.0.1 from 192.0.2.1';

const NOT_ON_LOOPBACK = { 'http ::1': 'refused', 'http 127.0.0.1': 'refused' };
const BRIDGE_IPV4: Outcome = {
  tcp: ['192.0.2.1'],
  missing: [],
  answers: {
    ...NOT_ON_LOOPBACK,
    'http 192.0.2.1': '192.0.2.1',
    'http 2001:db8::1': 'refused',
    [`http fe80::1%${INTERFACE}`]: 'refused',
  },
};

export const PROGRAMS: readonly Program[] = [
  { name: 'framework', ...ON_THIS_MACHINE },
  {
    name: 'rpc',
    both: { tcp: LOOPBACKS, missing: ['198.51.100.7'], answers: clients('http2', true) },
    ipv4: { tcp: ['127.0.0.1'], missing: ['::1', '198.51.100.7'], answers: clients('http2', false) },
  },
  {
    name: 'emulator',
    both: { tcp: LOOPBACKS, ...ALL_OF_IT, answers: clients('http', true, database) },
    ipv4: {
      tcp: ['127.0.0.1'],
      ...NO_LOOPBACK,
      answers: clients('http', false, database),
      stderr: WARNED,
    },
  },
  {
    name: 'multicast',
    args: [INTERFACE],
    both: {
      udp: SPLIT,
      ...ALL_OF_IT,
      answers: { ...clients('udp', true), [TO_GROUP6]: `fe80::1%${INTERFACE}`, [TO_GROUP4]: '192.0.2.1' },
    },
    ipv4: {
      udp: ['0.0.0.0'],
      ...NO_WILDCARD,
      answers: { ...clients('udp', false), [TO_GROUP6]: 'silence', [TO_GROUP4]: '192.0.2.1' },
    },
  },
  {
    name: 'sign-in',
    both: { tcp: LOOPBACKS, ...ALL_OF_IT, answers: clients('callback', true, signedIn) },
    ipv4: { tcp: ['127.0.0.1'], ...NO_LOOPBACK, answers: clients('callback', false, signedIn) },
  },
  {
    name: 'dev-server',
    args: ['busy', 'free'],
    both: { ...ON_THIS_MACHINE.both, stderr: NEXT_PORT },
    ipv4: { ...ON_THIS_MACHINE.ipv4, stderr: NEXT_PORT },
  },
  {
    name: 'bridge',
    args: [INTERFACE],
    both: {
      tcp: ['[2001:db8::1] v6only:1', `[fe80::1]%${INTERFACE} v6only:1`, '192.0.2.1'],
      ...ALL_OF_IT,
      answers: {
        ...NOT_ON_LOOPBACK,
        'http 192.0.2.1': '192.0.2.1',
        'http 2001:db8::1': '2001:db8::1',
        [`http fe80::1%${INTERFACE}`]: `fe80::1%${INTERFACE}`,
      },
    },
    ipv4: BRIDGE_IPV4,
    // The interface still shows its addresses, and the kernel opens no socket for them.
    refused: { ...BRIDGE_IPV4, missing: ['2001:db8::1', `fe80::1%${INTERFACE}`] },
  },
  {
    name: 'dns',
    both: { tcp: SPLIT, udp: SPLIT, ...ALL_OF_IT, answers: clients('dns', true, overBoth) },
    ipv4: { tcp: ['0.0.0.0'], udp: ['0.0.0.0'], ...NO_WILDCARD, answers: clients('dns', false, overBoth) },
  },
  {
    name: 'container',
    both: { ...EVERYWHERE.both, ...ALL_OF_IT },
    ipv4: { ...EVERYWHERE.ipv4, ...NO_WILDCARD, stderr: /^without IPv6: no-ipv6\n$/ },
  },
  { name: 'proxy', ...EVERYWHERE },
  { name: 'workers', args: ['free'], ...EVERYWHERE },
  {
    name: 'activated',
    through: ['python3', join(__dirname, 'activate.py')],
    both: {
      tcp: ['* v6only:0'],
      says: { accepts: ['IPv6', 'IPv4'] },
      answers: { 'http ::1': '::1', 'http 127.0.0.1': 'closed' },
    },
    // Still a dual-stack socket, which nobody can reach but those it closes: docs/cases.md.
    ipv4: {
      tcp: ['* v6only:0'],
      says: { accepts: ['IPv6', 'IPv4'] },
      answers: { 'http ::1': 'refused', 'http 127.0.0.1': 'closed' },
    },
    refused: { ...EVERYWHERE.ipv4, says: { accepts: ['IPv4'] } },
  },
  {
    name: 'unmodified',
    flags: ['--require', join(packageRoot, 'dist/register.js')],
    env: { V6ONLY_STACK: 'split' },
    ...EVERYWHERE,
  },
  { name: 'free-ports', args: ['free'], ...ON_THIS_MACHINE },
  {
    name: 'health-check',
    both: { ...EVERYWHERE.both, says: { healthy: { localhost: 0, plain: 0, split: 0 } } },
    ipv4: { ...EVERYWHERE.ipv4, says: { healthy: { localhost: 0, plain: 0, split: 1 } } },
    // Its interfaces show ::1, which a client of localhost may try, and nothing serves it.
    refused: { ...EVERYWHERE.ipv4, says: { healthy: { localhost: 1, plain: 0, split: 1 } } },
  },
  { name: 'host-variable', env: { HOST: '::' }, ...EVERYWHERE },
  {
    name: 'gossip',
    both: { udp: SPLIT, ...ALL_OF_IT, answers: clients('udp', true) },
    ipv4: { udp: ['0.0.0.0'], ...NO_WILDCARD, answers: clients('udp', false) },
  },
];
