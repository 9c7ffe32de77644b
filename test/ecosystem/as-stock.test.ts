/** Programs around packages that meet `listen`: split, they print what they print with a stock server, but for addresses. */
import { describe, expect, it } from 'vitest';
import { REGISTER, report, type Way } from './program';

type Report = Record<string, unknown>;

const WAYS = ['setStack', 'listen', 'register'] as const;

/** What a stock program printed, as a split one is to print it. */
function asSplit(stock: Report): Report {
  const text = JSON.stringify(stock)
    .replaceAll('::ffff:', '')
    .replaceAll('["* 0"]', '["0.0.0.0 null","[::] 1"]');
  return JSON.parse(text);
}

/** One program in each way; `--no-deprecation` is for what the packages do. */
async function reports(file: string): Promise<{ stock: Report; split: [Way, Report][] }> {
  const one = (way: Way) =>
    report<Report>(['--no-deprecation', ...(way === 'register' ? REGISTER : []), file, way]);
  const [stock, ...others] = await Promise.all((['stock', ...WAYS] as const).map(one));
  return { stock: stock ?? {}, split: others.map((other, i) => [WAYS[i] ?? 'stock', other]) };
}

const both = (ipv6: string, ipv4 = ipv6) => ({ '::1': ipv6, '127.0.0.1': ipv4 });

it('throng: every worker serves both families, and they end by themselves', async () => {
  const { stock, split } = await reports('throng.cjs');
  expect(stock).toEqual({
    ports: 1,
    sockets: ['* 0'],
    peers: { '::1': ['::1'], '127.0.0.1': ['::ffff:127.0.0.1'] },
    workers: { '::1': 2, '127.0.0.1': 2 },
    exits: [0, 0],
    refused: ['ECONNREFUSED', 'ECONNREFUSED'],
  });
  for (const [way, seen] of split) expect(seen, way).toEqual(asSplit(stock));
});

it('@socket.io/sticky: each session stays with its worker, over either family', async () => {
  const { stock, split } = await reports('sticky.cjs');
  expect(stock).toEqual({
    sockets: ['* 0'],
    sessions: {
      'polling ::1': '::1',
      'polling 127.0.0.1': '::ffff:127.0.0.1',
      'websocket ::1': '::1',
      'websocket 127.0.0.1': '::ffff:127.0.0.1',
    },
    stuck: [true],
    used: 2,
  });
  for (const [way, seen] of split) expect(seen, way).toEqual(asSplit(stock));
});

it('findhit-proxywrap: whom the proxy connects for, over either family', async () => {
  const { stock, split } = await reports('proxywrap.cjs');
  const said = (words: Record<string, string>) =>
    Object.fromEntries(
      ['::1', '127.0.0.1'].flatMap((host) => [
        [`${host}, TCP4`, '192.0.2.7 true'],
        [`${host}, TCP6`, '2001:db8::7 true'],
        [`${host}, nothing`, words[host]],
      ]),
    );
  const strict = { sockets: ['* 0'], seen: said(both('')) };
  const lenient = { sockets: ['* 0'], seen: said(both('::1 false', '::ffff:127.0.0.1 false')) };
  expect(stock).toEqual({ 'http, strict': strict, http: lenient, 'net, strict': strict, net: lenient });
  for (const [way, seen] of split) expect(seen, way).toEqual(asSplit(stock));
});

const MADE_UP = {
  nock: ['get', ['200 made up', 'ENETUNREACH']],
  undici: ['request', ['200 made up', 'UND_MOCK_ERR_MOCK_NOT_MATCHED']],
  'light-my-request': ['get', []],
} as const;

describe.each(['nock', 'undici', 'light-my-request'] as const)('%s', (name) => {
  it.each(['first', 'last'])(
    'loaded %s: makes up what it is told to, and lets clients of both families through',
    async (order) => {
      const [{ stock, ...split }, { register }] = await Promise.all([
        report<Record<string, Report>>(['mocks.cjs', name, order, 'stock', 'setStack', 'listen']),
        report<Record<string, Report>>(['mocks.cjs', name, order, 'register']),
      ]);
      const [how, madeUp] = MADE_UP[name];
      expect(stock?.[how]).toEqual([...madeUp, '200 ::1', '200 ::ffff:127.0.0.1']);
      for (const seen of [split['setStack'], split['listen'], register])
        expect(seen).toEqual(asSplit(stock ?? {}));
      if (name === 'light-my-request') expect(stock?.['inject']).toEqual(['200 192.0.2.7', '200 192.0.2.7']);
    },
  );
});
