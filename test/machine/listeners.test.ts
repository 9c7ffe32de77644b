/** Which socket listens on a port, as the kernel tells. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { addon, FAMILY, REUSE, TYPE } from '../../src/kernel/addon';
import { findListener } from '../../src/machine/listeners';
import { notLinux, withReason } from '../harness/skips';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A listener on [::] that shares its port. */
async function listening(v6Only: boolean, port: number): Promise<number> {
  const fd = addon().open(FAMILY.IPv6, TYPE.stream);
  expect(addon().setReuse(fd, REUSE.port)).toBe(0);
  expect(addon().setV6Only(fd, v6Only)).toBe(0);
  expect(addon().bind(fd, '::', port)).toBe(0);
  const server = createServer().listen({ fd });
  open.push(server);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it.skipIf(notLinux !== null)(
  withReason('findListener(): is no answer where several share the port and differ', notLinux),
  async () => {
    const port = await listening(true, 0);
    await listening(true, port);
    expect(findListener('::', port)?.v6Only).toBe(true);
    await listening(false, port);
    expect(findListener('::', port)).toBeUndefined();
  },
);
