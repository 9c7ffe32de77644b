/** A seam of Node's that is still there and no longer does what it did: an error, or the value; never another socket. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, packageRoot, runNode } from '../harness/node-child';

/** Each makes one seam silent. The names exist, so looking for them finds nothing wrong. */
const SILENT: Record<string, string> = {
  nothing: '',
  "the channel of net's listen": `
    const channels = require('node:diagnostics_channel');
    const { subscribe } = channels;
    channels.subscribe = (name, heard) => String(name).includes('net.server.listen') ? undefined : subscribe(name, heard);`,
  'an override of _listen2': `
    const stock = net.Server.prototype._listen2;
    Object.defineProperty(net.Server.prototype, '_listen2', { value: stock, writable: false, configurable: false });
    const { listen } = net.Server.prototype;
    net.Server.prototype.listen = function (...args) { delete this._listen2; return Reflect.apply(listen, this, args); };`,
  'an override of listen': `
    const { defineProperty } = Object;
    Object.defineProperty = (object, name, descriptor) =>
      object instanceof net.Server && name === 'listen' ? object : defineProperty(object, name, descriptor);`,
  _createServerHandle: `Object.defineProperty(net, '_createServerHandle', { value: () => -22 });`,
  'the owner symbol': `
    const { getOwnPropertySymbols } = Object;
    Object.getOwnPropertySymbols = (object) =>
      getOwnPropertySymbols(object).filter(({ description }) => description !== 'owner_symbol');`,
  'writes to _handle': `
    const handles = new WeakMap();
    Object.defineProperty(net.Server.prototype, '_handle', {
      get() { return handles.get(this); },
      set(handle) { if (/node:net/.test(new Error().stack.split('\\n')[2])) handles.set(this, handle); },
    });`,
};

/** Prints who gets in, or the reason of the error; a call that never ends, and a crash, print nothing of the kind. */
const program = (silent: string, start: string): string => `
  const net = require('node:net');
  { ${silent} }
  const { getV6Only, listen, setV6Only } = require(${JSON.stringify(packageRoot)});
  const reach = (host, port) => new Promise((done) => {
    const socket = net.connect(port, host, () => { socket.destroy(); done(host); }).on('error', () => done(''));
  });
  const server = net.createServer((socket) => socket.on('error', () => {}).end());
  setTimeout(() => { console.log('never ends'); process.exit(); }, 3000).unref();
  async function end(error) {
    if (error instanceof Error) console.log(error.reason ?? error.code ?? error.message);
    else {
      const { port } = server.address();
      console.log(await reach('::1', port), await reach('127.0.0.1', port));
    }
    process.exit();
  }
  process.on('uncaughtException', (error) => { console.log('crash', error.message); process.exit(); });
  const event = () => server.once('listening', end).once('error', end);
  try { ${start} } catch (error) { end(error); }`;

/** An error of Node's own function is loud too (`bind-failed`). */
const REFUSALS = ['unsupported-runtime', 'mismatch', 'bind-failed'];

const CALLS: readonly [name: string, start: string, value: string][] = [
  ['setV6Only(server, true)', 'setV6Only(server, true); event(); server.listen(0);', '::1'],
  ['setV6Only(server, true), host', "setV6Only(server, true); event(); server.listen(0, '::');", '::1'],
  ['setV6Only(server, false)', 'setV6Only(server, false); event(); server.listen(0);', '::1 127.0.0.1'],
  ["listen(server, 'ipv6')", "listen(server, { port: 0, stack: 'ipv6' }).then(end, end);", '::1'],
  ["listen(server, 'split')", "listen(server, { port: 0, stack: 'split' }).then(end, end);", '::1 127.0.0.1'],
  ["listen(server, 'dual')", "listen(server, { port: 0, stack: 'dual' }).then(end, end);", '::1 127.0.0.1'],
];

/** The policy stops a program with one line and status 1. */
function expectHeldOrStopped({ status, stdout, stderr }: Ended): void {
  if (status === 0) expect(['::1', ...REFUSALS]).toContain(stdout.trim());
  else expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: STOPPED });
}

const STOPPED = expect.stringMatching(/^v6only\/register: .*does not publish its listens.*\n$/);

describe.each(Object.entries(SILENT))('without a word from %s', (name, silent) => {
  it.each(CALLS)('%s becomes what it says, or is refused', async (_call, start, value) => {
    const { stdout } = await runNode(['-e', program(silent, start)]);
    expect(name === 'nothing' ? [value] : [value, ...REFUSALS]).toContain(stdout.trim());
  });

  it('v6only/register with V6ONLY_STACK=ipv6 holds, or stops the program', async () => {
    const start = `require(${JSON.stringify(join(packageRoot, 'dist/register.js'))}); event(); server.listen(0);`;
    expectHeldOrStopped(await runNode(['-e', program(silent, start)], { env: { V6ONLY_STACK: 'ipv6' } }));
  });
});

it('a frozen net.Server.prototype: the policy holds, or stops the program at start', async () => {
  const start = `require(${JSON.stringify(join(packageRoot, 'dist/register.js'))}); event(); server.listen(0);`;
  const code = program('Object.freeze(net.Server.prototype);', start);
  expectHeldOrStopped(await runNode(['-e', code], { env: { V6ONLY_STACK: 'ipv6' } }));
});
