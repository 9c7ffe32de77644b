/** Tracing agents and servers of the package in one process, whichever is there first: both do what they do alone. */
import { describe, expect, it } from 'vitest';
import { HOSTS } from '../harness/peers';
import { report, type Way } from './program';

interface Seen {
  sockets: string[];
  answers: string[];
  got: boolean | null;
  closes: number;
  left: string[];
}

/** What agent.cjs prints. */
interface Traced {
  seen: Record<Way, Seen>;
  spans: [path: string, address?: string][];
}

const AGENTS = ['opentelemetry', 'dd-trace', 'newrelic', 'elastic-apm-node'] as const;
const ORDERS = ['first', 'last', 'late', 'within'] as const;

const trace = (...words: string[]) => report<Traced>(['agent.cjs', ...words]);

const plain = (text = '') => text.replace('::ffff:', '');

/** Of requests to the servers of one way: the host that was asked and the address that the agent recorded. */
function recorded({ spans }: Traced, way: Way): (string | undefined)[][] {
  const served = spans.filter(([path]) => path.startsWith(`/${way}/`));
  return served.map(([path, address]) => [path.slice(way.length + 2), address]);
}

/** A split server against a stock one: the same answers and spans, with plain addresses. */
function expectSplit(traced: Traced, way: Way, stock: Traced): void {
  expect(traced.seen[way]).toEqual({
    ...{ sockets: ['0.0.0.0 null', '[::] 1'], got: true, closes: 1, left: [] },
    answers: stock.seen.stock.answers.map(plain),
  });
  expect(recorded(traced, way)).toEqual(
    recorded(stock, 'stock').map(([host, address]) => [
      host,
      address === undefined ? address : plain(address),
    ]),
  );
}

const CASES = AGENTS.flatMap((agent) => ORDERS.map((order) => ({ agent, order })));

describe.each(CASES)('$agent, started $order', ({ agent, order }) => {
  // newrelic records no request to a server that began to listen in a transaction, stock or not.
  const blind = agent === 'newrelic' && order === 'within';

  it('records the requests of both families, and setV6Only is as the kernel has it', async () => {
    const [traced, registered] = await Promise.all([
      trace(agent, order, 'stock', 'setV6Only', 'setStack', 'listen'),
      trace(agent, order, 'register'),
    ]);
    const { stock, setV6Only } = traced.seen;
    expect(stock).toEqual({
      ...{ sockets: ['* 0'], got: null, closes: 1, left: [] },
      answers: [`::1 ${!blind}`, `::ffff:127.0.0.1 ${!blind}`],
    });
    expect(recorded(traced, 'stock').map(([host]) => host)).toEqual(blind ? [] : HOSTS);
    expect(setV6Only).toEqual({
      ...{ sockets: ['[::] 1'], got: true, closes: 1, left: [] },
      answers: [`::1 ${!blind}`, 'ECONNREFUSED'],
    });
    expect(recorded(traced, 'setV6Only')).toEqual(recorded(traced, 'stock').slice(0, 1));
    expectSplit(traced, 'setStack', traced);
    expectSplit(traced, 'listen', traced);
    expectSplit(registered, 'register', traced);
    // instrumentation-net: the connections that the program itself makes.
    const dialled = traced.spans.filter(([name]) => name === 'tcp.connect').map(([, address]) => address);
    expect(dialled).toEqual(agent === 'opentelemetry' ? [HOSTS, HOSTS, HOSTS, HOSTS].flat() : []);
  });
});
