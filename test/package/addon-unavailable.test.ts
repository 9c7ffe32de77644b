/** No addon, or a process that refuses addons: an error at the first call, and nothing half done. */
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { json, packageRoot, run } from '../harness/node-child';
import { nodeBinary, noNode, permissionFlags } from '../harness/node-versions';
import { type Copy, copyPackage } from '../harness/package-copy';
import { withReason } from '../harness/skips';

const copy = copyPackage({ addon: true });
const bare = copyPackage({ addon: false });
afterAll(() => {
  copy.remove();
  bare.remove();
});

interface Thrown {
  code: string;
  reason: string;
  cause: string | null;
  keys: string[];
  message: string;
}

interface Report {
  thrown: Record<string, Thrown>;
  after: Record<string, string>;
  stock: { address: string; listening: boolean };
}

const PROBE = `
const dgram = require('node:dgram'), fs = require('node:fs'), net = require('node:net');
const { getV6Only, setV6Only, platformDefaults, describeSocket } = require('v6only');
const server = net.createServer(), udp = dgram.createSocket('udp6'), file = fs.openSync('/dev/null');
const stock = net.createServer().listen(0);
const calls = {
  server: () => setV6Only(server), 'server false': () => setV6Only(server, false), udp6: () => setV6Only(udp),
  listening: () => setV6Only(stock, false), file: () => setV6Only(file), 'not open': () => setV6Only(99999),
  object: () => setV6Only({ fd: file }), bound: () => setV6Only({ fd: () => file }),
  platformDefaults: () => platformDefaults(), getV6Only: () => getV6Only(stock), describe: () => describeSocket(stock),
};
const report = { thrown: {}, after: {} };
for (const [name, call] of Object.entries(calls)) {
  try { call(); report.thrown[name] = { code: 'none' }; } catch (error) {
    const { code, reason, message, cause } = error;
    const known = ['code', 'reason', 'cause', 'message', 'stack'];
    const keys = Object.getOwnPropertyNames(error).filter((key) => !known.includes(key));
    report.thrown[name] = { code, reason, keys, message, cause: cause instanceof Error ? (cause.code ?? cause.name) : null };
  }
}
for (const [name, target] of Object.entries({ server, udp })) {
  try { report.after[name] = String(getV6Only(target)); } catch ({ code, reason }) { report.after[name] = code + ' ' + reason; }
}
udp.close();
stock.close();
server.listen(0, () => {
  report.stock = { address: server.address().address, listening: server.listening };
  server.close();
  console.log(JSON.stringify(report));
});`;

async function probe(where: Copy, node: string, flags: string[] = []): Promise<Report> {
  const path = where.write('probe.cjs', PROBE);
  const ended = await run(node, [...flags, path], { cwd: where.folder });
  return json<Report>(ended);
}

function expectUnavailable(report: Report, reason: string, remedies: RegExp[]): void {
  for (const [name, thrown] of Object.entries(report.thrown)) {
    expect(thrown, name).toMatchObject({ code: 'ERR_ADDON_UNAVAILABLE', reason, keys: [] });
    expect(thrown.cause, `the cause of ${name}`).toEqual(expect.any(String));
    for (const remedy of remedies) expect(thrown.message, name).toMatch(remedy);
  }
  // What could not be promised is not remembered either.
  expect(report.after).toEqual({ server: 'EBADF not-open-yet', udp: 'EBADF not-open-yet' });
  expect(report.stock).toEqual({ address: '::', listening: true });
}

for (const major of [20, 22, 24, 26]) {
  const node = nodeBinary(major);
  const title = `setV6Only() without the addon, Node ${major}`;
  describe.skipIf(node === null)(withReason(title, noNode(major)), () => {
    it('no binary: addon-missing, and the message says for which platform', async () => {
      const platform = new RegExp(`${process.platform}.*${process.arch}`);
      expectUnavailable(await probe(bare, node ?? ''), 'addon-missing', [platform]);
    });

    it('--no-addons: addon-refused', async () => {
      expectUnavailable(await probe(copy, node ?? '', ['--no-addons']), 'addon-refused', [/--no-addons/]);
    });

    it('the permission model without --allow-addons: addon-refused', async () => {
      const flags = permissionFlags(node ?? '');
      expectUnavailable(await probe(copy, node ?? '', flags), 'addon-refused', [/--allow-addons/]);
    });
  });
}

/** What the first call throws in a program that is started with these lines. */
async function thrownBy(where: Copy, name: string, text: string): Promise<string> {
  const ask = `try { platformDefaults(); console.log('"nothing"'); }
    catch ({ code, reason, message }) { console.log(JSON.stringify([code, reason, message].join(' '))); }`;
  return json<string>(
    await run(process.execPath, [where.write(name, `${text}\n${ask}`)], { cwd: where.folder }),
  );
}

describe('the addon of another program', () => {
  const file = `prebuilds/${process.platform}-${process.arch}/v6only.node`;
  const core = readFileSync(join(packageRoot, 'dist/core.js'), 'utf8');
  const bundled = copyPackage({ addon: false });
  afterAll(() => bundled.remove());

  /** The package's code in the program's own file, as a bundler leaves it, with addons of the program beside. */
  function bundle(name: string): string {
    bundled.write('package.json', '{ "name": "their-program" }');
    for (const place of ['build/Release/v6only.node', file]) bundled.write(place, 'must not be loaded');
    return bundled.write(name, core);
  }

  it('is not loaded by a bundled copy', async () => {
    const path = bundle('dist/core.js');
    const said = await thrownBy(bundled, 'dist/app.cjs', `const { platformDefaults } = require('${path}');`);
    expect(said).toMatch(/^ERR_ADDON_UNAVAILABLE addon-missing .*belongs to their-program, not to v6only/);
    expect(said).toContain('mark it as external');
  });

  it('is not loaded by a bundle that is an ES module, and importing that does not throw', async () => {
    bundle('unused/core.js');
    const head = `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url), module = { exports: {} }, exports = module.exports;`;
    const said = await thrownBy(bundled, 'dist/bundle.mjs', `${head}\n${core}`);
    expect(said).toMatch(/^ERR_ADDON_UNAVAILABLE addon-missing .*__dirname is not defined/);
  });

  const machine = `${process.platform} ${process.arch}`;
  const noOther = machine === 'linux x64' ? null : `the other addon is for linux x64, not ${machine}`;
  it.skipIf(noOther !== null)(withReason('is refused where it stands in our folder', noOther), async () => {
    const other = require.resolve('@rolldown/binding-linux-x64-gnu/package.json', {
      paths: [require.resolve('rolldown')],
    });
    bundled.write(
      'node_modules/v6only/package.json',
      readFileSync(join(packageRoot, 'package.json'), 'utf8'),
    );
    const place = bundled.write(`node_modules/v6only/${file}`, '');
    cpSync(join(dirname(other), 'rolldown-binding.linux-x64-gnu.node'), place);
    const said = await thrownBy(bundled, 'app.cjs', "const { platformDefaults } = require('v6only');");
    expect(said).toMatch(/^ERR_ADDON_UNAVAILABLE addon-missing .*v6only\.node is not the addon of v6only/);
  });

  it('made for ARMv7 is not loaded on ARMv6', async () => {
    const said = await thrownBy(
      bare,
      'armv6.cjs',
      `Object.defineProperty(process, 'arch', { value: 'arm' });
       Object.defineProperty(process, 'config', { value: { variables: { arm_version: '6' } } });
       const { platformDefaults } = require('v6only');`,
    );
    expect(said).toMatch(/^ERR_ADDON_UNAVAILABLE addon-missing .*needs ARMv7, and this Node is for ARMv6/);
  });
});

const node26 = nodeBinary(26);
const noNode26 = noNode(26);

const NET = `
const dgram = require('node:dgram'), net = require('node:net');
const { setV6Only, platformDefaults, bindMatrix } = require(process.argv[2]);
const what = ({ code, reason, permission, syscall }) => [code, reason, permission, syscall].join(' ');
const report = [];
process.on('uncaughtException', (error) => report.push('uncaught ' + what(error)));
const attempt = (name, call) => { try { call(); report.push(name + ' returned'); } catch (error) { report.push(name + ' threw ' + what(error)); } };
if (process.argv[3] === 'defaults') attempt('defaults', () => platformDefaults());
else if (process.argv[3] === 'matrix') bindMatrix().catch((error) => report.push('matrix ' + what(error)));
else {
  const [kind, ...args] = JSON.parse(process.argv[4]);
  const target = kind === 'server' ? net.createServer() : dgram.createSocket('udp6');
  if (process.argv[3] !== 'stock') setV6Only(target, process.argv[3] === 'true');
  for (const name of ['listening', 'error', 'close']) target.on(name, (error) => report.push(name + (error ? ' ' + what(error) : '')));
  const start = { server: 'listen', udp6: 'bind', send: 'send', addMembership: 'addMembership', bindSync: 'bindSync' }[kind];
  attempt(kind, () => target[start](...args));
}
setTimeout(() => { console.log(JSON.stringify(report)); process.exit(); }, 100);`;

describe.skipIf(noNode26 !== null)(
  withReason('Node 26 with addons and without --allow-net', noNode26),
  () => {
    /** What the program reports, and the IPv6 sockets that strace saw. */
    async function denied(
      value: string,
      args: unknown[] = [],
    ): Promise<{ report: string[]; sockets: string[] }> {
      const log = join(copy.folder, `strace-${value}-${String(args[0])}-${args.length}.log`);
      const script = copy.write('denied.cjs', NET);
      const flags = ['--permission', '--allow-addons', '--allow-fs-read=*'];
      const traced = ['-f', '-o', log, '-e', 'trace=socket,bind', node26 ?? '', ...flags, script];
      const ended = await run('strace', [...traced, packageRoot, value, JSON.stringify(args)]);
      const sockets = readFileSync(log, 'utf8').match(/^.*AF_INET.*$/gm) ?? [];
      return { report: json<string[]>(ended), sockets };
    }

    it('platformDefaults is refused, and opens nothing', async () => {
      const { report, sockets } = await denied('defaults');
      expect(report).toEqual(['defaults threw ERR_ACCESS_DENIED  Net ']);
      expect(sockets).toEqual([]);
    });

    it('bindMatrix is refused, and opens nothing', async () => {
      const { report, sockets } = await denied('matrix');
      expect(report).toEqual(['matrix ERR_ACCESS_DENIED  Net ']);
      expect(sockets).toEqual([]);
    });

    const STARTS: unknown[][] = [
      ['server', 0],
      ['server', 0, '::'],
      ['server', { port: 0, exclusive: true }],
      ['udp6', 0],
      ['udp6', { port: 0, address: '::1' }],
      ['send', 'x', 9, '::1'],
      ['bindSync', { port: 0 }],
    ];
    it.each(STARTS)('%s %s is refused as a stock one is, and opens nothing', async (...args) => {
      const stock = await denied('stock', args);
      for (const value of ['true', 'false']) {
        const seen = await denied(value, args);
        expect(seen.report).toEqual(stock.report);
        expect(seen.sockets).toEqual([]);
      }
      expect(stock.report.join()).toContain('ERR_ACCESS_DENIED');
    });

    // libuv binds a stock socket here, past Node's check; the package does not.
    it.each(['true', 'false'])(
      'addMembership after setV6Only %s is refused, and opens nothing',
      async (value) => {
        const { report, sockets } = await denied(value, ['addMembership', 'ff02::1:2']);
        expect(report).toEqual([expect.stringMatching(/^addMembership threw ERR_ACCESS_DENIED/)]);
        expect(sockets).toEqual([]);
      },
    );
  },
);
