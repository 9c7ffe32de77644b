/** Connections that a server on several sockets sends to another process: it stays one server, as the stock one is. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, runNode } from '../harness/node-child';

const REGISTER = join(packageRoot, 'dist/register.js');
const ANSWERS = 5;

const CHILD = `
  process.on('message', (name, socket) => socket.end('child'));`;

/** More connections than `maxConnections`, one after the other; each leaves room when it was sent. */
const program = (host: string): string => `
  const net = require('node:net');
  const { once } = require('node:events');
  const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(CHILD)}], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const server = net.createServer((socket) => child.send('a connection', socket)).on('drop', () => console.log('drop'));
  server.maxConnections = 2;
  setTimeout(() => {
    console.log('never closes');
    child.kill();
    process.exit();
  }, 4000).unref();
  async function ask() {
    const client = net.connect(server.address().port, '${host}').setEncoding('utf8');
    client.on('data', (text) => console.log(text));
    await once(client, 'close');
  }
  server.listen(0, async () => {
    for (let n = 0; n < ${ANSWERS}; n++) await ask();
    // The child's are counted too, until it has heard that the client is gone.
    while ((await util.promisify(server.getConnections).call(server)) !== 0);
    server.close(() => {
      console.log('closed');
      child.disconnect();
    });
  });`;

describe.each(['::1', '127.0.0.1'])('a connection from %s, sent to a child process', (host) => {
  it.each([
    ['stock', []],
    ['under v6only/register with split', ['--require', REGISTER]],
  ])('%s: leaves room for others, and the server closes', async (_name, flags) => {
    const options = { env: { V6ONLY_STACK: 'split' } };
    const { stdout, stderr } = await runNode([...flags, '-e', program(host)], options);
    const answers = Array.from({ length: ANSWERS }, () => 'child');
    expect([stdout, stderr]).toEqual([[...answers, 'closed', ''].join('\n'), '']);
  });
});
