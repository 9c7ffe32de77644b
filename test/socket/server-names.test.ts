/** `listen(port, name)` after `setV6Only(server, value)`, with `dns.lookup` answering what the test wants. */
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { found, lookupFailure, stubLookup } from '../harness/lookups';
import { addressOf, newServer } from '../harness/servers';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

const NAME = 'name.test';
const NOT_IPV6 = 'not-ipv6';

/** What the name has, and where the server ends with true and with false. */
const ROWS: readonly [string[], string, string][] = [
  [['127.0.0.1'], NOT_IPV6, NOT_IPV6],
  [['127.0.0.1', '127.0.0.2'], NOT_IPV6, NOT_IPV6],
  [['::1'], '::1', '::1'],
  [['::1', '127.0.0.1'], '::1', '::1'],
  [['127.0.0.1', '::1'], '::1', '::1'],
  [['127.0.0.1', 'fe80::1', '::1'], '::1', '::1'],
  [['::ffff:127.0.0.1'], NOT_IPV6, '::ffff:127.0.0.1'],
  [['::ffff:7f00:1', '127.0.0.1'], NOT_IPV6, '::ffff:127.0.0.1'],
  [['127.0.0.1', '::ffff:127.0.0.1'], NOT_IPV6, '::ffff:127.0.0.1'],
  [['::ffff:127.0.0.1', '::1'], '::1', '::ffff:127.0.0.1'],
  [['::'], '::', '::'],
  [['127.0.0.1', '::'], '::', '::'],
  [['0.0.0.0'], NOT_IPV6, NOT_IPV6],
];

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  describe.each([
    ['(0, name)', [0, NAME]],
    ['({ port, host })', [{ port: 0, host: NAME }]],
  ])('listen%s', (_form, args) => {
    it.each(ROWS)('of a name with %j ends at %s, or with false at %s', async (addresses, ifTrue, ifFalse) => {
      stubLookup(NAME, () => found(...addresses));
      const server = setV6Only(newServer(), value);
      Reflect.apply(server.listen, server, args);
      const { events, error } = await outcome(server);
      const expected = value ? ifTrue : ifFalse;
      if (expected === NOT_IPV6) {
        expect(events).toEqual(['error']);
        expect(error).toMatchObject({ code: 'ENOPROTOOPT', reason: NOT_IPV6, syscall: 'listen' });
        expect([server.listening, socketsOfThisTest()]).toEqual([false, []]);
        return;
      }
      expect(events).toEqual(['listening']);
      expect(addressOf(server).address).toBe(expected);
      if (expected !== '::1') expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
    });
  });

  it.each([[['fe80::1', '::1']], [['fe80::1', 'fe80::2', '::1']], [['::1', 'fe80::1']]])(
    'of %j it skips link-local addresses, as Node 22 and later do',
    async (addresses) => {
      stubLookup(NAME, () => found(...addresses));
      const server = setV6Only(newServer(), value).listen(0, NAME);
      const { events } = await outcome(server);
      expect([events, addressOf(server).address]).toEqual([['listening'], '::1']);
    },
  );

  it('passes the failure of the look-up on as it is', async () => {
    const failure = lookupFailure(NAME);
    const keys = Object.keys(failure);
    stubLookup(NAME, () => failure);
    const server = setV6Only(newServer(), value);
    server.listen(0, NAME);
    const { events, error } = await outcome(server);
    expect(events).toEqual(['error']);
    expect(error).toBe(failure);
    expect(Object.keys(failure)).toEqual(keys);
  });

  it('looks a name up once', async () => {
    const { calls } = stubLookup(NAME, () => found('127.0.0.1', '::1'));
    const server = setV6Only(newServer(), value).listen(0, NAME);
    await outcome(server);
    expect(calls).toEqual([true]);
  });

  it('listens at localhost over IPv6, or says not-ipv6', async () => {
    const server = setV6Only(newServer(), value).listen(0, 'localhost');
    const { events, error } = await outcome(server);
    if (events[0] === 'listening') expect(addressOf(server).address).toBe('::1');
    else expect(error?.reason).toBe(NOT_IPV6);
  });
});

it.each([true, false])('setV6Only(): a value set while the name is looked up counts: %s', async (value) => {
  const server = newServer();
  stubLookup(NAME, (call) => {
    if (call === 0) setV6Only(server, value);
    return found('127.0.0.1', '::');
  });
  setV6Only(server, !value).listen(0, NAME);
  await outcome(server);
  expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
});

it('setV6Only(): close() while the name is looked up leaves nothing', async () => {
  const server = newServer();
  stubLookup(NAME, (call) => {
    if (call === 0) server.close();
    return found('127.0.0.1', '::1');
  });
  setV6Only(server).listen(0, NAME);
  const { events } = await outcome(server);
  expect([events, server.listening]).toEqual([['close'], false]);
});

it('setV6Only(): a listen while another name is looked up supersedes it', async () => {
  const server = newServer();
  stubLookup(NAME, (call) => {
    if (call === 0) server.listen(0);
    return found('127.0.0.1', '::1');
  });
  setV6Only(server).listen(0, NAME);
  const { events } = await outcome(server);
  expect([events, addressOf(server).address]).toEqual([['listening'], '::']);
});

it('setV6Only(): a later listen that is refused for its arguments leaves the earlier one its name', async () => {
  stubLookup(NAME, () => found('127.0.0.1', '::1'));
  const server = setV6Only(newServer(), true).listen(0, NAME);
  expect(() => server.listen({ port: 0, host: '127.0.0.1', ipv6Only: false })).toThrow(/ipv6Only/);
  const { events, error } = await outcome(server);
  expect([events, error?.message]).toEqual([['listening'], undefined]);
  expect(addressOf(server).address).toBe('::1');
});
