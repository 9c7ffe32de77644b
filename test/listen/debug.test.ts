/** NODE_DEBUG=v6only: what a listen became and why, a line each; nothing without it. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../harness/node-child';

const PACKAGE = join(__dirname, '../..');

const PROGRAM = `
  const { listen, setStack } = require(${JSON.stringify(PACKAGE)});
  const net = require('node:net');
  const held = setStack(net.createServer(), 'split').listen(0, async () => {
    const { port } = held.address();
    const server = net.createServer();
    const host = ['localhost', { host: '192.0.2.1', optional: true }];
    await listen(server, { port: [port, 0], host });
    server.close();
    held.close();
  });
`;

const told = async (NODE_DEBUG: string): Promise<string[]> => {
  const env = { ...process.env, NODE_DEBUG };
  const { stderr } = await run(process.execPath, ['-e', PROGRAM], { env });
  return stderr.split('\n').map((line) => line.replace(/^V6ONLY \d+: /, '').replace(/\d{2,}$/, 'N'));
};

it('NODE_DEBUG=v6only tells of the stack, the addresses, what was left out and what was read back', async () => {
  const lines = await told('v6only');
  for (const line of [
    "listen(host absent, port 0): setStack(server, 'split') counts",
    'is to open [::] (V6Only 1) and 0.0.0.0 (AF_INET)',
    'is to open [::1] (V6Only 1) and 127.0.0.1 (AF_INET)',
  ])
    expect(lines).toContain(line);
  const text = lines.join('\n');
  expect(text).toMatch(/leaves 192\.0\.2\.1 out: .*EADDRNOTAVAIL/);
  expect(text).toMatch(/goes on to port 0: .*EADDRINUSE/);
  expect(text).toMatch(/read back: descriptor \d+, V6Only 1/);
});

it('NODE_DEBUG of something else says nothing', async () => {
  expect(await told('other')).toEqual(['']);
});
