/** What others can see of `setV6Only` on a server: no property, no listener, the diagnostics channels as ever. */
import { channel } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { KINDS, listening, newServer } from '../harness/servers';
import { outcome } from '../harness/sockets';

expectNoLeaks();

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  it.each(KINDS)('nothing enumerable is left on a %s server', async (_kind, make) => {
    const stock = closing(make());
    const server = closing(setV6Only(make(), value));
    const shown = (s: net.Server) => {
      const all: string[] = [];
      for (const key in s) all.push(key);
      // Own properties that are hidden take their namesakes on the prototype out of for … in, which is no harm.
      const met = all.filter((key) => key !== 'listen' && key !== 'emit');
      return [Object.keys(s), Object.keys({ ...s }), met, Object.getOwnPropertySymbols({ ...s }).length];
    };
    expect(shown(server)).toEqual(shown(stock));
    await Promise.all([listening(server, 0), listening(stock, 0)]);
    expect(shown(server)).toEqual(shown(stock));
    expect(server.eventNames()).toEqual(stock.eventNames());
    expect(server.listenerCount(errorMonitor)).toBe(0);
    expect(Object.getPrototypeOf(server)).toBe(Object.getPrototypeOf(stock));
  });

  it.each([
    ['a listen', (s: net.Server) => s.listen(0, '::')],
    ['a failing listen', (s: net.Server) => s.listen(0, '2001:db8::1')],
  ])('diagnostics channels see %s as for a stock server', async (_what, act) => {
    const names = ['asyncStart', 'asyncEnd', 'error'];
    const run = async (server: net.Server) => {
      const seen: unknown[] = [];
      const subscribed = names.map((name) => {
        const topic = channel(`tracing:net.server.listen:${name}`);
        const listener = (message: unknown) => {
          const { server: of, ...rest } = message as { server: net.Server; error?: NodeJS.ErrnoException };
          if (of === server) seen.push([name, Object.keys(rest), rest.error?.code]);
        };
        topic.subscribe(listener);
        return () => topic.unsubscribe(listener);
      });
      act(server);
      await outcome(server);
      for (const unsubscribe of subscribed) unsubscribe();
      return seen;
    };
    const stock = await run(newServer());
    expect(stock).toHaveLength(2);
    expect(await run(setV6Only(newServer(), value))).toEqual(stock);
  });

  it('a refusal of ours is on the diagnostics channel of errors', async () => {
    const topic = channel('tracing:net.server.listen:error');
    const seen: unknown[] = [];
    const listener = (message: unknown) => void seen.push(message);
    topic.subscribe(listener);
    cleanUp(() => topic.unsubscribe(listener));
    const server = setV6Only(newServer(), value).listen(0, '127.0.0.1');
    const { error } = await outcome(server);
    expect(seen).toEqual([{ server, error }]);
  });
});
