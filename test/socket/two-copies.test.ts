/** Two copies of the package in one process, such as a policy's and the application's: the later call counts for both. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, runNode } from '../harness/node-child';
import { type Copy, copyPackage } from '../harness/package-copy';

let copy: Copy;
beforeAll(() => {
  copy = copyPackage({ addon: true });
});
afterAll(() => copy.remove());

const START = (other: string): string => `
  const net = require('node:net');
  const dgram = require('node:dgram');
  const one = require(${JSON.stringify(packageRoot)});
  const two = require(${JSON.stringify(other)});
  if (one.setV6Only === two.setV6Only) throw new Error('one copy');
  const connects = (host, port) => new Promise((done) => {
    const socket = net.connect(port, host, () => { socket.destroy(); done(true); }).on('error', () => done(false));
  });
  async function end(server, ready = new Promise((done) => server.once('listening', done).once('error', (e) => done(e.reason)))) {
    const error = await ready;
    if (error) return console.log(error);
    const ipv4 = await connects('127.0.0.1', server.address().port);
    console.log(one.getV6Only(server), two.getV6Only(server), ipv4 ? 'IPv4' : 'no IPv4');
    server.close();
  }
`;

async function prints(code: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<string> {
  const source = START(`${copy.folder}/node_modules/v6only`) + code;
  const { stdout, stderr } = await runNode([...flags, '-e', source], { env });
  return (stdout + stderr).trim();
}

describe('two copies of the package', () => {
  it.each([
    ['false', 'true', 'true true no IPv4'],
    ['true', 'false', 'false false IPv4'],
  ])('setV6Only(server, %s) of one, setV6Only(server, %s) of the other', async (first, second, seen) => {
    const code = `const server = net.createServer();
      one.setV6Only(server, ${first}); two.setV6Only(server, ${second}); end(server.listen(0));`;
    expect(await prints(code)).toBe(seen);
  });

  it('getV6Only of one knows what the other remembers', async () => {
    const code = `const server = one.setV6Only(net.createServer(), true); console.log(two.getV6Only(server));`;
    expect(await prints(code)).toBe('true');
  });

  it.each(['split', 'dual', 'ipv6', 'system'])(
    "setV6Only(server) of the application's copy under a policy %s of another",
    async (stack) => {
      const flags = ['--require', `${packageRoot}/dist/register.js`];
      const chosen = (v: boolean) => `end(two.setV6Only(net.createServer(), ${v}).listen(0));`;
      const env = { V6ONLY_STACK: stack };
      expect(await prints(chosen(true), env, flags)).toBe('true true no IPv4');
      expect(await prints(chosen(false), env, flags)).toBe('false false IPv4');
    },
  );

  it("listen(server, { stack: 'dual' }) of one after setV6Only(server, true) of the other is refused", async () => {
    const code = `one.listen(two.setV6Only(net.createServer(), true), { port: 0, stack: 'dual' })
      .then(({ close }) => { console.log('listens'); close(); }, ({ code }) => console.log(code));`;
    expect(await prints(code)).toBe('ERR_INVALID_ARG_VALUE');
  });

  it.each([
    ['false', 'true'],
    ['true', 'false'],
  ])('setV6Only(udp6, %s) of one, setV6Only(udp6, %s) of the other', async (first, second) => {
    const code = `const socket = dgram.createSocket('udp6');
      one.setV6Only(socket, ${first}); two.setV6Only(socket, ${second});
      socket.bind(0, () => { console.log(one.getV6Only(socket), two.getV6Only(socket)); socket.close(); });`;
    expect(await prints(code)).toBe(`${second} ${second}`);
  });
});
