/** Whether a server that v6only/register has split keeps its process alive: as the stock one does. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, runNode } from '../harness/node-child';

const REGISTER = join(packageRoot, 'dist/register.js');

const STAYS = 7;
const CONNECT = (host: string) => `net.connect(server.address().port, '${host}').unref()`;

const CASES: readonly [ends: boolean, code: string][] = [
  [false, 'server.listen(0)'],
  [true, 'server.unref().listen(0)'],
  [true, 'server.listen(0).unref()'],
  [true, 'server.listen(0, () => server.unref())'],
  [true, "server.listen(0, '::').unref()"],
  [false, 'server.unref().listen(0).ref()'],
  [false, 'server.unref().ref().listen(0)'],
  [false, 'server.listen(0, () => { server.unref(); server.ref(); })'],
  [true, 'server.listen(0, () => server.close())'],
  [true, 'server.listen(0).close()'],
  [true, 'server.listen({ port: 0, signal: AbortSignal.timeout(20) })'],
  ...['::1', '127.0.0.1'].flatMap((host): [boolean, string][] => [
    // An open connection keeps the process, whatever the server does.
    [false, `server.unref().listen(0, () => ${CONNECT(host)}); server.on('connection', (c) => c.resume())`],
    [true, `server.unref().listen(0, () => ${CONNECT(host)}); server.on('connection', (c) => c.unref())`],
  ]),
];

/** A process that does not end by itself says so after a while, by a timer that keeps nobody. */
async function endsByItself(code: string, flags: string[]): Promise<boolean> {
  // What keeps the process until the connection is there is neither of the two.
  const program = `
    const net = require('node:net');
    const server = net.createServer();
    ${code};
    setTimeout(() => {
      process.stdout.write('reached');
      setTimeout(() => process.exit(${STAYS}), 1000).unref();
    }, 100);`;
  const options = { env: { V6ONLY_STACK: 'split' } };
  const { status, stdout, stderr } = await runNode([...flags, '-e', program], options);
  expect([stdout, stderr]).toEqual(['reached', '']);
  expect([0, STAYS]).toContain(status);
  return status === 0;
}

describe('the process ends by itself', () => {
  it.concurrent.each(CASES)('%s: %s', async (ends, code) => {
    const found = await Promise.all([endsByItself(code, []), endsByItself(code, ['--require', REGISTER])]);
    expect(found).toEqual([ends, ends]);
  });
});
