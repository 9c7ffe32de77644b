/** Whether a server or a udp binding keeps its process alive: as one that Node made alone. */
import { describe, expect, it } from 'vitest';
import { packageRoot, runNode } from '../harness/node-child';

/** Whether a child ends by itself, or lives on. */
async function endsByItself(code: string): Promise<boolean> {
  const program = `
    const net = require('node:net');
    const { listen, bindUdp } = require(${JSON.stringify(packageRoot)});
    const server = net.createServer();
    (async () => {
      ${code};
      process.stdout.write('reached');
      // Keeps nothing alive, and runs only where something else does.
      setTimeout(() => process.exit(9), 2000).unref();
    })();`;
  const { status, stdout, stderr } = await runNode(['-e', program], { timeoutMs: 30_000 });
  expect([stdout, stderr]).toEqual(['reached', '']);
  expect([0, 9]).toContain(status);
  return status === 0;
}

const CASES: readonly [string, boolean, string][] = [
  ['a listening one', false, 'await listen(server, {})'],
  ['unref after listen', true, 'await listen(server, {}); server.unref()'],
  ['unref before listen', true, 'server.unref(); await listen(server, {})'],
  ['unref before listen, on IPv4', true, "server.unref(); await listen(server, { host: '127.0.0.1' })"],
  ["unref in 'listening'", true, "server.on('listening', () => server.unref()); await listen(server, {})"],
  ['unref and ref', false, 'await listen(server, {}); server.unref(); server.ref()'],
  ['unref and ref before', false, 'server.unref(); server.ref(); await listen(server, {})'],
  ['unref, listen, ref', false, 'server.unref(); await listen(server, {}); server.ref()'],
  ['close', true, 'const l = await listen(server, {}); await l.close()'],
  ['a failed listen', true, "await listen(server, { host: '2001:db8::1' }).catch(() => {})"],
  ['await using', true, 'const l = await listen(server, {}); await l[Symbol.asyncDispose]()'],
  ['bindUdp', false, 'await bindUdp({})'],
  ['bindUdp, closed', true, 'const b = await bindUdp({}); await b.close()'],
  ['bindUdp, unref', true, 'const b = await bindUdp({}); for (const s of b.sockets) s.unref()'],
];

describe('listen(), bindUdp(): the process ends by itself', () => {
  it.concurrent.each(CASES)('%s: %s', async (_name, ends, code) => {
    expect(await endsByItself(code)).toBe(ends);
  });
});
