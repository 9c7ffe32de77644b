/** Every form of `listen()`'s arguments, on a server after `setV6Only` as on a stock one, in the same test. */
import type net from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { addressOf, listening, newServer, type Observation, observe } from '../harness/servers';
import { ssRows, ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const backlogOf = (server: net.Server) => ssRows({ port: addressOf(server).port })[0]?.sendQueue;

type Callback = () => void;
type Form = (callback: Callback) => unknown[];

const FORMS: readonly [string, Form][] = [
  ['()', () => []],
  ['(cb)', (cb) => [cb]],
  ['(null)', () => [null]],
  ['(null, cb)', (cb) => [null, cb]],
  ['(undefined, cb)', (cb) => [undefined, cb]],
  ['(0)', () => [0]],
  ['(0, undefined)', () => [0, undefined]],
  ['(0, cb)', (cb) => [0, cb]],
  ['(0, null, cb)', (cb) => [0, null, cb]],
  ['(0, undefined, undefined, cb)', (cb) => [0, undefined, undefined, cb]],
  ['(0, 7, cb)', (cb) => [0, 7, cb]],
  ["('0', cb)", (cb) => ['0', cb]],
  ["(0, '', cb)", (cb) => [0, '', cb]],
  ["(0, '::', cb)", (cb) => [0, '::', cb]],
  ["(0, '::', 7, cb)", (cb) => [0, '::', 7, cb]],
  ["(0, '::1', 7)", () => [0, '::1', 7]],
  ['({ port })', (cb) => [{ port: 0 }, cb]],
  ['({ port: undefined })', (cb) => [{ port: undefined }, cb]],
  ['({ port: null })', (cb) => [{ port: null }, cb]],
  ["({ port: '0' })", (cb) => [{ port: '0' }, cb]],
  [
    '({ port, host: undefined, exclusive: true, reusePort: undefined })',
    (cb) => [{ port: 0, host: undefined, exclusive: true, reusePort: undefined }, cb],
  ],
  ["({ port, host: '' })", (cb) => [{ port: 0, host: '' }, cb]],
  ['({ port, host: null })', (cb) => [{ port: 0, host: null }, cb]],
  ["({ port, host: '::', backlog: 7 })", (cb) => [{ port: 0, host: '::', backlog: 7 }, cb]],
  ["({ port, host: '::1', cb })", (cb) => [{ port: 0, host: '::1', cb }]],
  ['({ port, path }), where the port counts', (cb) => [{ port: 0, path: '/nonexistent/v6only' }, cb]],
  ['({ port, ipv6Only: undefined })', (cb) => [{ port: 0, ipv6Only: undefined }, cb]],
  // Wrong ones.
  ['({})', () => [{}]],
  ["({ host: '::' })", () => [{ host: '::' }]],
  ['(70000)', () => [70000]],
  ["({ port: 'x' })", () => [{ port: 'x' }]],
  ['({ port: -1, host })', () => [{ port: -1, host: '::' }]],
  ['(0, a number as host)', () => [{ port: 0, host: 5 }]],
  ['(true)', () => [true]],
  ['({ signal: wrong })', () => [{ port: 0, signal: 'wrong' }]],
  ['({ host, signal: wrong })', () => [{ port: 0, host: '::', signal: {} }]],
];

const listen = (form: Form) => (server: net.Server, callback: Callback) =>
  Reflect.apply(server.listen, server, form(callback));

/** Does the same to a stock server at the same time, and compares. */
async function expectAsStock(
  server: net.Server,
  run: (server: net.Server) => Promise<Observation>,
): Promise<Observation> {
  const [stock, ours] = await Promise.all([run(newServer()), run(server)]);
  expect(ours).toEqual(stock);
  return ours;
}

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  it.each(FORMS)('listen%s goes as on a stock server', async (_name, form) => {
    const server = setV6Only(newServer(), value);
    await expectAsStock(server, (s) => observe(s, listen(form)));
    if (server.listening && addressOf(server).address === '::')
      expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it.each(FORMS)(
    'a second call in the same tick after listen%s ends as on a stock server',
    async (_name, form) => {
      const second: Form = (cb) => [0, cb];
      const server = setV6Only(newServer(), value);
      await expectAsStock(server, (s) => observe(s, listen(form), listen(second)));
      expect(ssV6Only(addressOf(server).port)).toBe(addressOf(server).address === '::' ? Number(value) : 1);
    },
  );

  it.each(FORMS)('close() in the same tick after listen%s ends as on a stock server', async (_name, form) => {
    const run = (server: net.Server) => observe(server, listen(form), (s, cb) => s.close(cb));
    await expectAsStock(setV6Only(newServer(), value), run);
  });

  it("a later call with '::' supersedes one with '::1'", async () => {
    const run = (server: net.Server) =>
      observe(
        server,
        listen((cb) => [0, '::1', cb]),
        listen((cb) => [0, '::', cb]),
      );
    const seen = await expectAsStock(setV6Only(newServer(), value), run);
    expect(seen.events.filter((event) => event === 'listening')).toHaveLength(1);
  });

  it('works bound and promisified', async () => {
    const server = setV6Only(newServer(), value);
    await promisify(server.listen.bind(server) as (port: number, done: Callback) => void)(0);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  });

  it.each([
    ['({ backlog })', [{ port: 0, backlog: 7 }]],
    ['({ host, backlog })', [{ port: 0, host: '::', backlog: 7 }]],
    ['(port, backlog)', [0, 7]],
    ['(port, host, backlog)', [0, '::', 7]],
    ['(port, null, backlog)', [0, null, 7]],
  ])('the backlog of listen%s reaches the kernel', async (_name, args) => {
    const server = await listening(setV6Only(newServer(), value), ...args);
    expect(backlogOf(server)).toBe(7);
  });

  it('without a backlog it is the same as for a stock server', async () => {
    const queues = [];
    for (const server of [newServer(), setV6Only(newServer(), value)]) {
      await listening(server, 0);
      queues.push(backlogOf(server));
    }
    expect(queues[1]).toBe(queues[0]);
  });

  it.each([
    ['before, without host', undefined, 'before'],
    ['before, with host', '::', 'before'],
    ['in the same tick, without host', undefined, 'at once'],
    ['in the same tick, with host', '::', 'at once'],
    ['after, without host', undefined, 'after'],
    ['after, with host', '::', 'after'],
  ])('a signal aborted %s acts as on a stock server', async (_name, host, when) => {
    const run = (server: net.Server) => {
      const controller = new AbortController();
      if (when === 'before') controller.abort();
      if (when === 'after') server.once('listening', () => controller.abort());
      const options = { port: 0, signal: controller.signal, ...(host === undefined ? {} : { host }) };
      return observe(server, (s, cb) => {
        const returned = s.listen(options, cb);
        if (when === 'at once') controller.abort();
        return returned;
      });
    };
    const seen = await expectAsStock(setV6Only(newServer(), value), run);
    expect(seen.address).toBeNull();
  });
});

describe('setV6Only(): ipv6Only given too', () => {
  const HOSTS: readonly [string, object][] = [
    ['no host', {}],
    ["'::'", { host: '::' }],
    ["'::1'", { host: '::1' }],
  ];

  it.each(HOSTS.flatMap(([name, host]) => [true, false].map((v) => [v, name, host] as const)))(
    'the same value, %s, with %s is fine',
    async (value, _name, host) => {
      const server = await listening(setV6Only(newServer(), value), { port: 0, ipv6Only: value, ...host });
      const { address, port } = addressOf(server);
      expect(ssV6Only(port)).toBe(address === '::' ? Number(value) : 1);
    },
  );

  const BAD = [true, false].flatMap((value) =>
    [!value, 1, 0, 'true', '', null, Number.NaN, {}, []].flatMap((given) =>
      HOSTS.map(([name, host]) => [value, given, name, host] as const),
    ),
  );

  it.each(BAD)('after %s, ipv6Only: %j with %s throws', async (value, ipv6Only, _name, host) => {
    const server = setV6Only(newServer(), value);
    let called = false;
    const options = { port: 0, ipv6Only, ...host } as net.ListenOptions;
    const start = () =>
      server.listen(options, () => {
        called = true;
      });
    expect(start).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }));
    expect([server.listening, server.listenerCount('listening')]).toEqual([false, 0]);
    await listening(server, 0);
    expect([ssV6Only(addressOf(server).port), called]).toEqual([Number(value), false]);
  });
});
