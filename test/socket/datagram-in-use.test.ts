/** EADDRINUSE of a udp6 socket after `setV6Only`: the program in the way is the one that `ss` sees. */
import { execFileSync } from 'node:child_process';
import type dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { setV6Only } from '../../src/index';
import { runUnder } from '../futures/futures';
import { bindBy, bindSync, hasBindSync, heldByPython, newSocket, portOf } from '../harness/datagrams';
import { expectNoLeaks } from '../harness/leaks';
import { packageRoot } from '../harness/node-child';
import { notLinux, withReason } from '../harness/skips';
import { outcome } from '../harness/sockets';

expectNoLeaks();

/** The program and pid that hold a UDP port, by `ss`. */
function holderBySs(family: 4 | 6, port: number): string {
  const output = execFileSync('ss', [`-${family}Hulnp`, `sport = :${port}`], { encoding: 'utf8' });
  const [, program, pid] = /users:\(\("(.*?)",pid=(\d+)/.exec(output) ?? [];
  return `${program}, pid ${pid}`;
}

/** The message of a bind to this port. */
async function refusal(socket: dgram.Socket, port: number): Promise<string | undefined> {
  socket.bind(port);
  return (await outcome(socket)).error?.message;
}

describe.skipIf(notLinux !== null)(withReason('setV6Only(udp6): EADDRINUSE names', notLinux), () => {
  it.each([
    [true, 'AF_INET6', '::', 'dual-stack, ', 'neither an IPv6-only nor a split socket fits'],
    [false, 'AF_INET6', '::1', '', 'neither an IPv6-only nor a split socket fits'],
    [false, 'AF_INET', '0.0.0.0', 'IPv4, ', 'an IPv6-only socket fits'],
  ] as const)('for %s the program that holds %s %s', async (value, family, address, what, fits) => {
    const { port, pid } = await heldByPython(family, address);
    const holder = holderBySs(family === 'AF_INET6' ? 6 : 4, port);
    expect(holder).toMatch(new RegExp(`, pid ${pid}$`));
    const host = address.includes(':') ? `[${address}]` : address;
    const message = await refusal(setV6Only(newSocket(), value), port);
    expect(message).toBe(
      `bind EADDRINUSE :::${port} (in the way: ${host}:${port} (${what}${holder}); ${fits} beside it` +
        `${family === 'AF_INET' ? ', a split one does not' : ''}; npx v6only ls --port ${port} shows more)`,
    );
  });

  it('this process', async () => {
    const held = newSocket();
    await bindBy(held, (s) => s.bind(0));
    const port = portOf(held) ?? 0;
    const message = await refusal(setV6Only(newSocket(), true), port);
    expect(message).toContain(`in the way: [::]:${port} (dual-stack, this process); neither`);
  });

  it('nothing for a stock socket', async () => {
    const { port } = await heldByPython('AF_INET6', '::');
    expect(await refusal(newSocket(), port)).toBe(`bind EADDRINUSE :::${port}`);
  });

  it('where dgram hides its state', async () => {
    const { port } = await heldByPython('AF_INET6', '::');
    const script = `require(${JSON.stringify(packageRoot)}).setV6Only(dgram.createSocket('udp6'), true)
      .once('error', ({ message }) => console.log(message)).bind(${port})`;
    const { stdout } = await runUnder(process.execPath, { switches: 'symbols' }, ['-e', script]);
    expect(stdout).toContain(`(in the way: [::]:${port} (dual-stack, ${holderBySs(6, port)}); neither`);
  });

  it('in what bindSync throws', async (ctx) => {
    if (!hasBindSync) return ctx.skip('this Node has no bindSync of udp sockets');
    const { port } = await heldByPython('AF_INET6', '::');
    const socket = setV6Only(newSocket(), true);
    expect(() => bindSync(socket, { port })).toThrow(holderBySs(6, port));
  });
});
