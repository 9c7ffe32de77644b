/** EADDRINUSE of bindUdp(): which socket is in the way, and whose it is. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { bindUdp } from '../../src/index';
import { heldByPython, newSocket, portOf } from '../harness/datagrams';
import { closing, expectNoLeaks } from '../harness/leaks';
import { rejection } from '../harness/peers';
import { notLinux, withReason } from '../harness/skips';

expectNoLeaks();

describe.skipIf(notLinux !== null)(withReason('bindUdp(): EADDRINUSE names', notLinux), () => {
  it.each([
    ['AF_INET', '0.0.0.0', '0.0.0.0:PORT (IPv4, PROGRAM, pid PID); an IPv6-only socket fits beside it'],
    ['AF_INET6', '::', '[::]:PORT (dual-stack, PROGRAM, pid PID); neither an IPv6-only nor a split socket'],
    ['AF_INET6', '::1', '[::1]:PORT (PROGRAM, pid PID); neither'],
  ] as const)('the program that holds %s %s', async (family, address, expected) => {
    const { port, pid } = await heldByPython(family, address);
    const { message } = await rejection(bindUdp({ port }));
    const plain = message
      .replaceAll(String(pid), 'PID')
      .replaceAll(String(port), 'PORT')
      .replace(/python[\d.]+/, 'PROGRAM');
    expect(plain).toContain(`EADDRINUSE`);
    expect(plain).toContain(`(in the way: ${expected}`);
    expect(plain).toContain('npx v6only ls --port PORT shows more)');
  });

  it('this process, and connected sockets too', async () => {
    const socket = newSocket({ type: 'udp4' });
    socket.connect(9, '127.0.0.1');
    await once(socket, 'connect');
    const { message } = await rejection(bindUdp({ port: portOf(socket) ?? 0 }));
    expect(message).toContain(`in the way: 127.0.0.1:${portOf(socket)} (IPv4, this process)`);
  });

  it('what is in the way once, for the last of several ports', async () => {
    const { port } = closing(await bindUdp({ stack: 'dual' }));
    const { message } = await rejection(bindUdp({ port: [port, port], stack: 'dual' }));
    expect(message.match(/in the way/g)).toHaveLength(1);
    expect(message).toContain('none of 2 ports was free');
  });
});
