/** setV6Only while a listen on a host name is under way: the name was not looked up yet, so that listen counts. */
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { addressOf, newServer } from '../harness/servers';
import { outcome } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

const NAME = 'both.v6only.test';

describe('setV6Only right after listen(port, name)', () => {
  expectNoLeaks();

  it.each([
    { v6Only: true, answer: ['127.0.0.1', '::1'] },
    { v6Only: false, answer: ['127.0.0.1', '::1'] },
    { v6Only: true, answer: ['::1', '127.0.0.1'] },
    { v6Only: false, answer: ['::1', '127.0.0.1'] },
  ])('$v6Only with $answer listens on ::1', async ({ v6Only, answer }) => {
    stubLookup(NAME, () => found(...answer));
    const server = newServer().listen(0, NAME);
    setV6Only(server, v6Only);
    const { events, error } = await outcome(server);
    expect({ events, reason: error?.reason }).toEqual({ events: ['listening'], reason: undefined });
    const { address, port } = addressOf(server);
    expect(address).toBe('::1');
    expect(ssV6Only(port)).toBe(1);
  });

  it('a name with IPv4 only ends in not-ipv6, once', async () => {
    stubLookup(NAME, () => found('127.0.0.1'));
    const server = newServer().listen(0, NAME);
    setV6Only(server);
    const { events, error } = await outcome(server);
    expect({ events, reason: error?.reason }).toEqual({ events: ['error'], reason: 'not-ipv6' });
  });
});
