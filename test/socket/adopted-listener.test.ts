/** What a server of Deno listens with, on Node: it adopts a bound descriptor as Deno does, but listens later. */
import { constants } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { getV6Only } from '../../src/index';
import { DENO_TCP_REUSEPORT } from '../../src/runtime/flags';
import { type ListenHandle, portOfHandle } from '../../src/runtime/handles';
import { openAdopted } from '../../src/socket/adopted-listener';
import { closing, expectNoLeaks } from '../harness/leaks';
import { ssV6Only } from '../harness/sockets';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const WANTED = { v6Only: true, address: '::', port: 0, flags: 0 };

/** Closed at the end of the test, as a server closes its handle. */
function open(wanted: Partial<typeof WANTED>): ListenHandle {
  const handle = openAdopted({ ...WANTED, ...wanted });
  closing({ close: () => handle.close() });
  return handle;
}

describe('openAdopted', () => {
  it.each([true, false])('binds with the option %s', (v6Only) => {
    const handle = open({ v6Only });
    expect(getV6Only(handle.fd ?? -1)).toBe(v6Only);
    expect(handle.listen(1)).toBe(0);
    expect(ssV6Only(portOfHandle(handle))).toBe(Number(v6Only));
  });

  it('says which address and port are taken', () => {
    const held = open({});
    held.listen(1);
    const port = portOfHandle(held);
    expect(thrown(() => open({ port }))).toMatchObject({
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
    const error = thrown(() => open({ address: '2001:db8::1' }));
    expect(error).toMatchObject({ code: 'EADDRNOTAVAIL', address: '2001:db8::1' });
    expect(error).not.toHaveProperty('port');
  });

  it('lets several share a port where all ask for it', () => {
    const first = open({ flags: DENO_TCP_REUSEPORT });
    first.listen(1);
    const second = open({ flags: DENO_TCP_REUSEPORT, port: portOfHandle(first) });
    expect(second.listen(1)).toBe(0);
  });
});

describe('with the permissions of Deno', () => {
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
    expect(thrown(() => open({ port: 80 }))).toMatchObject({ code: 'ERR_ACCESS_DENIED' });
    expect(asked).toEqual([{ name: 'net', host: '[::]:80' }]);
  });

  it('opens with leave', () => {
    permit('granted');
    expect(open({}).fd).toBeGreaterThan(2);
  });
});
