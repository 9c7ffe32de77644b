/** What the kernel is really asked, in which order: strace as the witness. */
import { describe, expect, it } from 'vitest';
import { packageRoot, run } from '../harness/node-child';

const CALLS = 'trace=socket,setsockopt,getsockopt,bind,listen,close';

/** The calls of a program on its AF_INET6 sockets, in order, without the descriptor's number. */
async function callsOf(program: string): Promise<string[]> {
  const code = `const v6only = require(${JSON.stringify(packageRoot)}); ${program}`;
  const { stderr, status } = await run('strace', ['-f', '-qq', '-e', CALLS, process.execPath, '-e', code]);
  expect(status, stderr).toBe(0);
  const open = new Set<string>();
  const calls: string[] = [];
  for (const line of stderr.split('\n').map((text) => text.replace(/^\[pid +\d+\] /, ''))) {
    const opened = /^socket\(AF_INET6, SOCK_(?:STREAM|DGRAM).* = (\d+)$/.exec(line)?.[1];
    const [, call = '', descriptor = ''] = /^(\w+)\((\d+)/.exec(line) ?? [];
    if (opened !== undefined) open.add(opened);
    else if (!open.has(descriptor)) continue;
    calls.push(`${opened === undefined ? call : 'socket'}${/IPV6_V6ONLY, \[\d\]/.exec(line) ?? ''}`);
    // The number may be a file's before and after.
    if (call === 'close') open.delete(descriptor);
  }
  return calls;
}

describe.each([true, false])('setV6Only(server, %s)', (v6Only) => {
  const set = `setsockoptIPV6_V6ONLY, [${Number(v6Only)}]`;

  it('a server sets the option once, before bind, and reads it back before it is used', async () => {
    const server = `v6only.setV6Only(require('net').createServer(), ${v6Only})`;
    const calls = await callsOf(`const s = ${server}.listen(0, () => s.close());`);
    expect(calls.filter((call) => call.startsWith('setsockoptIPV6'))).toEqual([set]);
    const order = ['socket', set, 'bind', 'listen', `getsockoptIPV6_V6ONLY, [${Number(v6Only)}]`, 'close'];
    expect(calls.filter((call) => order.includes(call))).toEqual(order);
  });

  it('a udp6 socket is opened when it is bound, with the option set before', async () => {
    const socket = `v6only.setV6Only(require('dgram').createSocket('udp6'), ${v6Only})`;
    const calls = await callsOf(`const s = ${socket}; s.bind(0, () => s.close());`);
    expect(calls.indexOf(set)).toBeGreaterThan(calls.indexOf('socket'));
    expect(calls.indexOf('bind')).toBeGreaterThan(calls.indexOf(set));
    expect(calls.filter((call) => call === 'socket')).toHaveLength(1);
    expect(calls.filter((call) => call === 'close')).toHaveLength(1);
  });

  it('setV6Only alone opens nothing', async () => {
    const server = `v6only.setV6Only(require('net').createServer(), ${v6Only});`;
    expect(
      await callsOf(`${server} v6only.setV6Only(require('dgram').createSocket('udp6'), ${v6Only}).close();`),
    ).toEqual([]);
  });
});

it('what platformDefaults opens, it closes', async () => {
  const calls = await callsOf('v6only.platformDefaults();');
  expect(calls.filter((call) => call === 'socket').length).toBeGreaterThan(0);
  expect(calls.filter((call) => call === 'close')).toHaveLength(
    calls.filter((call) => call === 'socket').length,
  );
});
