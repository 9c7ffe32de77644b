/** One pair of binds on one port: the result of each step, and which socket gets which clients. */
import { addressInUse } from '../kernel/errors';
import { Arrivals, ask, LOST, type Side } from './arrivals';
import {
  BINDS,
  type BindAnswer,
  type BindMatrixBind,
  type BindOutcome,
  type BindProtocol,
  type BindReuse,
  cellOf,
  IMPOSSIBLE,
} from './bind-outcome';
import { Contender } from './contender';

export interface Pair {
  readonly protocol: BindProtocol;
  readonly reuse: BindReuse;
  readonly first: BindMatrixBind;
  readonly second: BindMatrixBind;
}

/**
 * The number of clients. With SO_REUSEPORT the kernel may balance, and all of 16 clients miss one of two equal sides
 * in 1 of 32,768 cases.
 */
const CLIENTS: Readonly<Record<BindReuse, number>> = { none: 1, reuseaddr: 1, reuseport: 16 };

const NOT_REACHED = { bind1: null, listen1: null, bind2: null, listen2: null, to127001: null, to1: null };

/** Other programs don't take this many ports in a row. */
const MOST_TRIES = 8;

/** No machine refuses more in a row, unless all are taken. */
const MOST_PORTS = 1000;

/** A port that is free on every address of both families: both wildcards bind without a reuse option. */
function freePort(protocol: BindProtocol): number {
  for (let i = 0; i < MOST_PORTS; i++) {
    const [ipv4, ipv6] = WILDCARDS.map((bind) => new Contender({ protocol, reuse: 'none', bind }));
    try {
      if (ipv4?.bind(0) !== 'ok') continue;
      const port = ipv4.port();
      if (ipv6?.bind(port) !== 'EADDRINUSE') return port;
    } finally {
      ipv4?.close();
      ipv6?.close();
    }
  }
  throw addressInUse('bind', 'no port is free in both families');
}

const WILDCARDS = BINDS.filter(({ address, v6Only }) => address === '0.0.0.0' || v6Only === true);

/** Tries a pair on a port that was just free, and closes what it opened. */
async function tryPair({ protocol, reuse, first, second }: Pair): Promise<BindOutcome> {
  const port = freePort(protocol);
  const one = new Contender({ protocol, reuse, bind: first });
  const two = new Contender({ protocol, reuse, bind: second });
  try {
    return await contend({ one, two, protocol, port, clients: CLIENTS[reuse] });
  } finally {
    one.close();
    two.close();
  }
}

interface Contest {
  readonly one: Contender;
  readonly two: Contender;
  readonly protocol: BindProtocol;
  readonly port: number;
  readonly clients: number;
}

async function contend({ one, two, protocol, port, clients }: Contest): Promise<BindOutcome> {
  const arrivals = new Arrivals();
  const noteFor = (side: Side) => (peer: number) => arrivals.note(side, peer);
  const outcome: BindOutcome = { ...NOT_REACHED };
  outcome.bind1 = one.bind(port);
  if (outcome.bind1 !== 'ok') return outcome;
  outcome.listen1 = one.listen(noteFor('first'));
  if (hasFailed(outcome.listen1)) return outcome;
  outcome.bind2 = two.bind(port);
  if (outcome.bind2 !== 'ok') return outcome;
  outcome.listen2 = two.listen(noteFor('second'));
  if (hasFailed(outcome.listen2)) return outcome;
  one.read(noteFor('first'));
  two.read(noteFor('second'));
  const askAll = (address: string) => agreed(clients, () => ask(protocol, address, port, arrivals));
  outcome.to127001 = await askAll('127.0.0.1');
  outcome.to1 = await askAll('::1');
  return outcome;
}

function hasFailed(listened: string | null): boolean {
  return listened !== null && listened !== 'ok';
}

/** The answer for all clients; 'either' as soon as both sides have had one. */
async function agreed(clients: number, askOne: () => Promise<BindAnswer>): Promise<BindAnswer> {
  const answers = new Set<BindAnswer>();
  for (let i = 0; i < clients; i++) {
    const answer = await askOne();
    answers.add(answer);
    if (answers.has('first') && answers.has('second')) return 'either';
    if (answers.size > 1) return LOST;
  }
  return [...answers][0] ?? LOST;
}

const CERTAIN = new Set<BindAnswer>(['first', 'second', 'either', 'ECONNREFUSED']);

/**
 * Whether no other program can have caused an outcome. Its socket on the same port may cause a refused bind or
 * take a client, but does neither on the next port.
 */
function isCertain(outcome: BindOutcome): boolean {
  const { bind2, to127001, to1 } = outcome;
  return bind2 === 'ok' && cellOf(outcome) !== IMPOSSIBLE && CERTAIN.has(to127001) && CERTAIN.has(to1);
}

/** Tries other ports until an outcome is certain, or occurs for the second time. */
export async function settlePair(pair: Pair): Promise<BindOutcome> {
  const seen = new Set<string>();
  for (let i = 0; i < MOST_TRIES; i++) {
    const outcome = await tryPair(pair);
    // Another program took it first.
    if (outcome.bind1 === 'EADDRINUSE') continue;
    const key = JSON.stringify(outcome);
    if (isCertain(outcome) || seen.has(key)) return outcome;
    seen.add(key);
  }
  throw addressInUse(
    'bind',
    `no two of ${MOST_TRIES} ports gave the same answer for ${pair.first.name}, then ${pair.second.name}: ` +
      'other programs on this machine keep taking the ports; try again',
  );
}
