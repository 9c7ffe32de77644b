/** future.cjs itself: stock programs work under it, and what it takes away has gone. */
import { describe, expect, it } from 'vitest';
import { json } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { NODES, program, runUnder } from './futures';

const SWITCHES = [
  ...['27', '28', 'pending', 'createServerHandle', 'getServer', 'symbols', 'handleWrite', 'handle'],
  ...['listeningId', 'connectionKey', 'all', 'all,pending', 'all,pending,handle', '27,all'],
];

const STOCK = {
  'no host': ['::', '::'],
  'again, with a host': [null, '::1'],
  'a name': [null, expect.stringMatching(/^(::1|127\.0\.0\.1)$/)],
  'IPv6 only': ['::', '::'],
  path: ['path', 'path'],
  'a handle': ['::', '::'],
  busy: 'EADDRINUSE',
  'closed while pending': [[], false],
  http: 'hello',
  dgram: 'hello',
  cluster: ['::1', '::1', true, '::1'],
};

for (const { major, binary, missing } of NODES) {
  describe.skipIf(missing !== null)(withReason(`Node ${major}`, missing), () => {
    const node = binary ?? '';
    const evaluate = (switches: string, code: string, flags: string[] = []) =>
      runUnder(node, { switches, flags }, ['-e', code]);
    const printed = async (switches: string, code: string) => (await evaluate(switches, code)).stdout.trim();

    it.each(SWITCHES)('a stock program under %s', async (switches) => {
      const policy = SWITCHES.indexOf(switches) % 2 === 0 ? 'SCHED_NONE' : 'SCHED_RR';
      const flags = ['--throw-deprecation', '--trace-warnings'];
      const result = await runUnder(node, { switches, flags }, [program('stock.cjs'), policy]);
      expect(result.stderr).toBe('');
      expect(json(result)).toEqual(STOCK);
    });

    it('27: an override is called, and the alias warns', async () => {
      const result = await evaluate('27', OVERRIDE);
      expect(result.stdout).toBe('called\nlistening\n');
      expect(result.stderr).toContain('[DEP0208] DeprecationWarning: Server.prototype._listen2');
    });

    it('27 with --throw-deprecation: the alias throws', async () => {
      const result = await evaluate('27', OVERRIDE, ['--throw-deprecation']);
      expect(result.status).not.toBe(0);
      expect(result.stderr).toContain('DEP0208');
    });

    it.each(['no override', 'instance', 'pending', 'subclass', 'prototype', 'defined'])(
      '28: Node calls nobody (%s)',
      async (where) => {
        const { stdout, stderr } = await runUnder(node, { switches: '28' }, ['-e', OVERRIDES, where]);
        expect(stderr).toBe('');
        expect(stdout).toBe(`${where === 'no override' ? 'undefined' : 'function'}\nlistening\n`);
      },
    );

    it('pending: a second listen() throws, after close() it does not', async () => {
      expect(await printed('pending', SECOND)).toBe('ERR_SERVER_ALREADY_LISTEN\n127.0.0.1');
    });

    it.each([
      ['createServerHandle', "require('node:net')._createServerHandle"],
      ['handle', 'server._handle'],
      ['listeningId', 'server._listeningId'],
      ['connectionKey', 'server._connectionKey'],
      ['symbols', 'Object.getOwnPropertySymbols(server)[0]'],
      ['symbols', "Reflect.ownKeys(server).find((key) => typeof key === 'symbol')"],
      ['symbols', 'Object.getOwnPropertySymbols(Object.getOwnPropertyDescriptors(server))[0]'],
      ['handleWrite', '((server._handle = undefined), server._handle ? undefined : 0)'],
    ])('%s: %s is undefined', async (switches, expression) => {
      const code = `const server = require('node:net').createServer().listen(0);
        console.log(${expression}); process.exit();`;
      expect(await printed(switches, code)).toBe('undefined');
      // As it is today: otherwise the switch would show nothing.
      expect(await printed('pending', code)).not.toBe('undefined');
    });

    it('getServer: cluster._getServer is undefined in a worker', async () => {
      const args = [program('worker-sees.cjs')];
      expect((await runUnder(node, { switches: 'getServer' }, args)).stdout).toBe('undefined');
      expect((await runUnder(node, { switches: 'pending' }, args)).stdout).toBe('function');
    });

    it('refuses a switch that it does not know', async () => {
      const result = await evaluate('28,unknown', '');
      expect(result.status).not.toBe(0);
      expect(result.stderr).toContain('no switch unknown; expected all, 27, 28');
    });
  });
}

const OVERRIDE = `
  const server = require('node:net').createServer();
  const next = server._listen2;
  server._listen2 = function (...args) { console.log('called'); next.apply(this, args); };
  server.listen(0, '::1', () => { console.log('listening'); server.close(); });`;

/** Each way in which a program puts an override; none may be called. */
const OVERRIDES = `
  const net = require('node:net');
  const where = process.argv[1];
  const override = () => console.log('called');
  class Server extends net.Server {}
  if (where === 'subclass') Server.prototype._listen2 = override;
  if (where === 'prototype') net.Server.prototype._listen2 = override;
  const server = new Server();
  if (where === 'instance') server._listen2 = override;
  if (where === 'defined') Object.defineProperty(server, '_listen2', { value: override, configurable: true });
  server.listen(0, '::1', () => {
    console.log('listening');
    server.close();
  });
  if (where === 'pending') server._listen2 = override;
  console.log(typeof server._listen2);`;

const SECOND = `
  const server = require('node:net').createServer().listen(0, '::1');
  try { server.listen(0, '::1'); console.log('superseded'); } catch (error) { console.log(error.code); }
  server.close();
  server.listen(0, '127.0.0.1', () => { console.log(server.address().address); server.close(); });`;
