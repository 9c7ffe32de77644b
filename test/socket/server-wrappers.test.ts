/** Subclasses, wrappers, stubs and listeners around `listen()`: they see the user's own arguments, and it ends as asked. */
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { found, stubLookup } from '../harness/lookups';
import { addressOf, closed, listening, newServer } from '../harness/servers';
import { outcome, pause } from '../harness/sockets';
import { ssV6Only } from '../harness/ss.cjs';

expectNoLeaks();

type Listen = (...args: unknown[]) => net.Server;
const listenOf = (server: net.Server): Listen => {
  const now = server.listen;
  return (...args) => Reflect.apply(now, server, args);
};
const replaceListen = (server: net.Server, listen: unknown) => Object.assign(server, { listen });

class Recording extends net.Server {
  readonly seen: unknown[][] = [];
  override listen(...args: unknown[]): this {
    this.seen.push(args);
    return Reflect.apply(super.listen, this, args);
  }
}

const NAME = 'wrapped.test';
const FORMS: readonly [string, unknown[]][] = [
  ['no host', [0]],
  ['options', [{ port: 0, host: '::' }]],
  ['a name', [0, NAME]],
];

describe.each([true, false])('setV6Only(server, %s)', (value) => {
  const ends = async (server: net.Server) => {
    const { events, error } = await outcome(server);
    expect([events, error?.message]).toEqual([['listening'], undefined]);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(value));
  };

  describe.each(FORMS)('%s', (_form, args) => {
    const prepare = () => stubLookup(NAME, () => found('127.0.0.1', '::'));

    it('a subclass that overrides listen sees the arguments, once', async () => {
      prepare();
      const server = closing(setV6Only(new Recording(), value));
      Reflect.apply(server.listen, server, args);
      await ends(server);
      expect(server.seen).toEqual([args]);
      expect(server.seen[0]?.[0]).toBe(args[0]);
    });

    it.each(['before', 'after'])('a wrapper set %s setV6Only sees the arguments, once', async (when) => {
      prepare();
      const server = newServer();
      const seen: unknown[][] = [];
      if (when === 'after') setV6Only(server, value);
      const next = listenOf(server);
      replaceListen(server, (...given: unknown[]) => {
        seen.push(given);
        return next(...given);
      });
      if (when === 'before') setV6Only(server, value);
      Reflect.apply(server.listen, server, args);
      await ends(server);
      expect(seen).toEqual([args]);
    });

    it.each(['before', 'after'])("an async wrapper like vite's, set %s setV6Only", async (when) => {
      prepare();
      const server = closing(http.createServer());
      if (when === 'after') setV6Only(server, value);
      const next = listenOf(server);
      let started = false;
      replaceListen(server, async (...given: unknown[]) => {
        await pause(5);
        started = true;
        return next(...given);
      });
      if (when === 'before') setV6Only(server, value);
      Reflect.apply(server.listen, server, args);
      await ends(server);
      expect(started).toBe(true);
    });

    it('net.Server.prototype.listen.call', async () => {
      prepare();
      const server = setV6Only(newServer(), value);
      Reflect.apply(net.Server.prototype.listen, server, args);
      await ends(server);
    });

    it('a wrapper on the prototype, as a tracer puts it, is called once for each listen', async () => {
      prepare();
      const real = net.Server.prototype.listen;
      cleanUp(() => Object.assign(net.Server.prototype, { listen: real }));
      const server = setV6Only(setV6Only(setV6Only(newServer(), value), !value), value);
      let count = 0;
      Object.assign(net.Server.prototype, {
        listen(this: net.Server, ...given: unknown[]) {
          count++;
          return Reflect.apply(real, this, given);
        },
      });
      Reflect.apply(server.listen, server, args);
      await ends(server);
      expect(count).toBe(1);
    });

    it('a wrapper before, and two setV6Only calls: called once for each listen', async () => {
      prepare();
      const server = newServer();
      const next = listenOf(server);
      let count = 0;
      replaceListen(server, (...given: unknown[]) => {
        count++;
        return next(...given);
      });
      setV6Only(setV6Only(server, !value), value);
      for (const expected of [1, 2]) {
        Reflect.apply(server.listen, server, args);
        await ends(server);
        expect(count).toBe(expected);
        await closed(server);
      }
    });
  });

  it('a wrapper that deletes itself leaves the value', async () => {
    const server = setV6Only(newServer(), value);
    Reflect.deleteProperty(server, 'listen');
    server.listen(0);
    await ends(server);
  });

  it('a wrapper that chooses the name: its name counts', async () => {
    stubLookup(NAME, () => found('127.0.0.1', '::'));
    const server = newServer();
    const next = listenOf(server);
    replaceListen(server, (port: number) => next(port, NAME));
    setV6Only(server, value);
    server.listen(0);
    await ends(server);
  });

  it('a subclass that chooses the name: its name counts', async () => {
    stubLookup(NAME, () => found('127.0.0.1', '::'));
    class Named extends net.Server {
      override listen(port?: unknown): this {
        return Reflect.apply(super.listen as (...args: unknown[]) => this, this, [port, NAME]);
      }
    }
    const server = closing(setV6Only(new Named(), value));
    server.listen(0);
    await ends(server);
  });

  it('a wrapper that chooses an IPv4 address: never the name that the user wrote', async () => {
    stubLookup(NAME, () => found('127.0.0.1', '::'));
    const server = newServer();
    const next = listenOf(server);
    replaceListen(server, (port: number) => next(port, '127.0.0.1'));
    setV6Only(server, value);
    server.listen(0, NAME);
    const { events, error } = await outcome(server);
    expect([events, error?.reason]).toEqual([['error'], 'not-ipv6']);
  });

  it('the prototype’s listen with an IPv4 address, after a listen of a name: never the earlier name', async () => {
    stubLookup(NAME, () => found('127.0.0.1', '::'));
    const server = setV6Only(newServer(), value);
    await listening(server, 0, NAME);
    await closed(server);
    const args: unknown[] = [0, '127.0.0.1'];
    Reflect.apply(net.Server.prototype.listen, server, args);
    const { events, error } = await outcome(server);
    expect([events, error?.reason]).toEqual([['error'], 'not-ipv6']);
  });
});
