/** The end of a udp binding: close(), the signal, and sockets that the user closes. */
import { describe, expect, it } from 'vitest';
import { bindUdp } from '../../src/index';
import { cleanUp, expectNoLeaks, socketsOfThisTest } from '../harness/leaks';
import { listeners, rejection, within } from '../harness/peers';
import { SignalOfPolyfill } from '../harness/signals';

expectNoLeaks();

describe('bindUdp(): close', () => {
  it('closes both, once, however often it is called', async () => {
    const binding = await bindUdp({});
    const closes = binding.sockets.map((socket) => {
      const counts = { close: 0 };
      socket.on('close', () => counts.close++);
      return counts;
    });
    await Promise.all([binding.close(), binding.close()]);
    await binding.close();
    expect(closes).toEqual([{ close: 1 }, { close: 1 }]);
    expect([listeners(binding.port, 'udp'), socketsOfThisTest()]).toEqual([[], []]);
  });

  it.each([0, 1])('closes the rest where the user has closed socket %i in this tick', async (index) => {
    const binding = await bindUdp({});
    cleanUp(() => {
      for (const socket of binding.sockets) {
        try {
          socket.close();
        } catch {
          // Closed already.
        }
      }
    });
    binding.sockets[index]?.close();
    await binding.close();
    expect(socketsOfThisTest()).toEqual([]);
  });

  it('closes the rest where the user has closed one before', async () => {
    const binding = await bindUdp({});
    const [first] = binding.sockets;
    if (first !== undefined) await new Promise<void>((resolve) => first.close(() => resolve()));
    await binding.close();
  });
});

describe('bindUdp(): a signal', () => {
  it('aborted before, during and after', async () => {
    expect(await rejection(bindUdp({ signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    const during = new AbortController();
    const promise = bindUdp({ signal: during.signal });
    during.abort();
    expect(await rejection(promise)).toMatchObject({ name: 'AbortError' });
    expect(socketsOfThisTest()).toEqual([]);
    const after = new AbortController();
    const binding = await bindUdp({ signal: after.signal });
    after.abort();
    expect(await within(binding.close())).toBe(undefined);
    expect(socketsOfThisTest()).toEqual([]);
  });

  it("a polyfill's signal", async () => {
    const signal = new SignalOfPolyfill();
    const binding = await bindUdp({ signal });
    signal.abort('why');
    expect(await within(binding.close())).toBe(undefined);
    expect(socketsOfThisTest()).toEqual([]);
    expect(await rejection(bindUdp({ signal }))).toMatchObject({ name: 'AbortError', cause: 'why' });
  });
});
