/** What a server of Deno listens with, on Node: it adopts a bound descriptor as Deno does, but listens later. */
import net from 'node:net';
import { constants } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { getV6Only } from '../../src/index';
import { openAdopted } from '../../src/socket/adopted-listener';
import { closing, expectNoLeaks } from '../harness/leaks';
import { addressOf } from '../harness/servers';
import { ssV6Only } from '../harness/ss.cjs';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const BIND = { v6Only: true, address: '::', port: 0, reusePort: false };

/** A server that listens on it, closed at the end of the test. */
function listenOn(bind: Partial<typeof BIND>): net.Server {
  return closing(net.createServer().listen({ fd: openAdopted({ ...BIND, ...bind }) }));
}

describe('openAdopted', () => {
  it.each([true, false])('binds with the option %s', (v6Only) => {
    const server = listenOn({ v6Only });
    expect(getV6Only(server)).toBe(v6Only);
    expect(ssV6Only(addressOf(server).port)).toBe(Number(v6Only));
  });

  it('says which address and port are taken', () => {
    const { port } = addressOf(listenOn({}));
    expect(thrown(() => openAdopted({ ...BIND, port }))).toMatchObject({
      code: 'EADDRINUSE',
      errno: -constants.errno.EADDRINUSE,
      syscall: 'listen',
      reason: 'bind-failed',
      address: '::',
      port,
      message: expect.stringContaining(`address already in use :::${port} (`),
    });
  });

  it('names no port that the kernel was to choose', () => {
    const error = thrown(() => openAdopted({ ...BIND, address: '2001:db8::1' }));
    expect(error).toMatchObject({ code: 'EADDRNOTAVAIL', address: '2001:db8::1' });
    expect(error).not.toHaveProperty('port');
  });

  it('lets several share a port where all ask for it', () => {
    const { port } = addressOf(listenOn({ reusePort: true }));
    expect(listenOn({ reusePort: true, port }).listening).toBe(true);
  });
});

describe('openAdopted(): with the permissions of Deno', () => {
  afterEach(() => void Reflect.deleteProperty(globalThis, 'Deno'));

  /** `requestSync` answers with `state`; returns what was asked. */
  function permit(state: string): unknown[] {
    const asked: unknown[] = [];
    const permissions = {
      requestSync(wanted: unknown) {
        asked.push(wanted);
        return { state };
      },
    };
    Reflect.set(globalThis, 'Deno', { permissions });
    return asked;
  }

  it('opens nothing without leave for the address', () => {
    const asked = permit('denied');
    expect(thrown(() => openAdopted({ ...BIND, port: 80 }))).toMatchObject({ code: 'ERR_ACCESS_DENIED' });
    expect(asked).toEqual([{ name: 'net', host: '[::]:80' }]);
  });

  it('opens with leave', () => {
    permit('granted');
    expect(listenOn({}).listening).toBe(true);
  });
});
