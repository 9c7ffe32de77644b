/** The package in the node_modules of another folder: import, require, threads, and what loading must not do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { json, packageRoot, run, runNode } from '../harness/node-child';
import { copyPackage } from '../harness/package-copy';

const copy = copyPackage({ addon: true });
const bare = copyPackage({ addon: false });
afterAll(() => {
  copy.remove();
  bare.remove();
});

/** Runs a module in the folder of a copy and returns what it printed. */
async function output<T>(name: string, text: string, nodeArgs: string[] = [], where = copy): Promise<T> {
  return json<T>(await runNode([...nodeArgs, where.write(name, text)], { cwd: where.folder }));
}

const NAMES = [
  'AddonUnavailableError',
  'SystemError',
  'describeSocket',
  'getV6Only',
  'platformDefaults',
  'setV6Only',
];

describe('the package: import and require', () => {
  it('share one state, whichever comes first', async () => {
    const seen = await output(
      'state.mjs',
      `import { createRequire } from 'node:module';
       import net from 'node:net';
       import { getV6Only, setV6Only } from 'v6only';
       const required = createRequire(import.meta.url)('v6only');
       const [a, b] = [net.createServer(), net.createServer()];
       setV6Only(a, false);
       required.setV6Only(b, true);
       console.log(JSON.stringify({
         required: required.getV6Only(a), imported: getV6Only(b), same: required.setV6Only === setV6Only,
       }));`,
    );
    expect(seen).toEqual({ required: false, imported: true, same: true });
  });

  it('share it with v6only/register: its policy sees what setV6Only chose', async () => {
    const path = copy.write(
      'policy.mjs',
      `import { createRequire } from 'node:module';
       import net from 'node:net';
       import { setV6Only } from 'v6only';
       const { getV6Only } = createRequire(import.meta.url)('v6only');
       const servers = [net.createServer(), setV6Only(net.createServer(), false)].map((server) => server.listen(0));
       console.log(JSON.stringify(servers.map(getV6Only)));
       for (const server of servers) server.close();`,
    );
    const env = { V6ONLY_STACK: 'ipv6' };
    for (const flag of ['--require', '--import']) {
      const seen = await runNode([flag, 'v6only/register', path], { cwd: copy.folder, env });
      expect(json(seen)).toEqual([true, false]);
    }
  });

  it('every name can be imported by name, and none else is there', async () => {
    const imported = NAMES.map((name) => `[${name}, '${name}']`).join(', ');
    const seen = await output<{ own: string[]; required: string[]; functions: string[] }>(
      'names.mjs',
      `import { ${NAMES.join(', ')} } from 'v6only';
       import * as all from 'v6only';
       import { createRequire } from 'node:module';
       const required = Object.keys(createRequire(import.meta.url)('v6only'));
       const functions = [${imported}].filter(([f]) => typeof f === 'function').map(([, name]) => name);
       const hidden = ['default', 'module.exports', '__esModule'];
       const own = Object.keys(all).filter((name) => !hidden.includes(name));
       console.log(JSON.stringify({ own, required, functions }));`,
    );
    expect(seen.functions).toEqual(NAMES);
    expect(seen.own.sort()).toEqual(seen.required.sort());
    expect(seen.own).toEqual(expect.arrayContaining(NAMES));
  });

  it('package.json can be loaded, files of dist cannot', async () => {
    const seen = await output(
      'subpaths.cjs',
      `const load = (path) => { try { return require(path).name ?? 'loaded'; } catch (error) { return error.code; } };
       console.log(JSON.stringify(['v6only/package.json', 'v6only/dist/addon.js', 'v6only/dist/index.js'].map(load)));`,
    );
    expect(seen).toEqual(['v6only', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);
  });

  it('works in worker threads, several and after one another', async () => {
    const worker = copy.write(
      'thread.cjs',
      `const { parentPort } = require('node:worker_threads');
       const { getV6Only, setV6Only } = require('v6only');
       const server = setV6Only(require('node:net').createServer(), true);
       server.listen(0, () => { parentPort.postMessage(getV6Only(server)); server.close(); });`,
    );
    const seen = await output(
      'threads.cjs',
      `const { once } = require('node:events');
       const { Worker } = require('node:worker_threads');
       const code = "require(" + ${JSON.stringify(JSON.stringify(worker))} + ")";
       // Both at once: the last message and 'exit' may come in one go.
       async function ask(make) {
         const w = make();
         const [[said]] = await Promise.all([once(w, 'message'), once(w, 'exit')]);
         return said;
       }
       (async () => {
         const file = () => new Worker(${JSON.stringify(worker)});
         const results = await Promise.all([ask(file), ask(file), ask(() => new Worker(code, { eval: true }))]);
         results.push(require('v6only').platformDefaults().ipv6, await ask(file));
         console.log(JSON.stringify(results));
       })();`,
    );
    expect(seen).toEqual([true, true, true, true, true]);
  });
});

describe('the package: importing', () => {
  const LOOK = `
    const fs = require('node:fs');
    const look = () => fs.readdirSync('/proc/self/fd').length;
    const mapped = () => fs.readFileSync('/proc/self/maps', 'utf8').includes('.node');`;

  it.each([
    ['with the addon', copy],
    ['without the addon', bare],
  ])('opens nothing and loads no addon: %s', async (_, where) => {
    const seen = await output(
      'nothing.cjs',
      `${LOOK}
       const before = look();
       const { setV6Only } = require('v6only');
       console.log(JSON.stringify({ opened: look() - before, mapped: mapped(), set: typeof setV6Only }));`,
      [],
      where,
    );
    expect(seen).toEqual({ opened: 0, mapped: false, set: 'function' });
  });

  it('and setV6Only load two files, and no module of Node that a server has not loaded', async () => {
    const seen = await output<{ files: string[]; modules: string[] }>(
      'few.cjs',
      `const server = require('node:net').createServer(), { basename } = require('node:path');
       const before = new Set(process.moduleLoadList);
       require('v6only').setV6Only(server);
       const files = Object.keys(require.cache).filter((file) => file !== __filename).map((file) => basename(file));
       console.log(JSON.stringify({ files, modules: process.moduleLoadList.filter((name) => !before.has(name) && !name.includes('internal/modules/')) }));`,
    );
    expect(seen).toEqual({ files: ['index.js', 'core.js', 'v6only.node'], modules: [] });
  });

  it('takes the file of the package, whatever the environment says', async () => {
    const env = { V6ONLY_PREBUILD: '/nowhere', npm_config_arch: 'mips' };
    const script = "console.log(JSON.stringify(require('v6only').platformDefaults().ipv6))";
    expect(json(await runNode(['-e', script], { cwd: copy.folder, env }))).toBe(true);
  });

  it('makes no socket, as strace sees it', async () => {
    const log = join(copy.folder, 'strace.log');
    const args = ['-f', '-o', log, '-e', 'trace=socket,setsockopt', process.execPath];
    const ended = await run('strace', [...args, '-e', "require('v6only')"], { cwd: copy.folder });
    expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(log, 'utf8').match(/^.*(socket|setsockopt)\(.*$/gm) ?? []).toEqual([]);
  });

  it('setV6Only opens no socket for a server and a udp6 socket, the way it is told', async () => {
    const log = join(copy.folder, 'strace-set.log');
    const script = `
      const { setV6Only } = require(${JSON.stringify(packageRoot)});
      setV6Only(require('node:net').createServer(), true);
      setV6Only(require('node:dgram').createSocket('udp6'), true).close();`;
    const ended = await run('strace', [
      '-f',
      '-o',
      log,
      '-e',
      'trace=socket',
      process.execPath,
      '-e',
      script,
    ]);
    expect(ended.stderr).toBe('');
    expect(readFileSync(log, 'utf8').match(/^.*AF_INET6.*$/gm) ?? []).toEqual([]);
  });
});

/** What each function throws where a platform is none of ours; the module itself loads. */
describe.each(['aix', 'sunos'])('the package: on %s', (platform) => {
  it('importing works, and every call says so', async () => {
    const seen = await output<Record<string, string>>(
      'platform.cjs',
      `Object.defineProperty(process, 'platform', { value: '${platform}' });
       const net = require('node:net'), dgram = require('node:dgram');
       const { setV6Only, getV6Only, platformDefaults, describeSocket, SystemError } = require('v6only');
       const udp = dgram.createSocket('udp6');
       const calls = {
         setServer: () => setV6Only(net.createServer()), setUdp: () => setV6Only(udp), setFd: () => setV6Only(0),
         getServer: () => getV6Only(net.createServer()), getUdp: () => getV6Only(udp), getFd: () => getV6Only(0),
         getObject: () => getV6Only({ fd: 0 }), describe: () => describeSocket(0),
         describeServer: () => describeSocket(net.createServer()), defaults: () => platformDefaults(),
       };
       const seen = {};
       for (const [name, call] of Object.entries(calls)) {
         try { seen[name] = String(call()); } catch (error) {
           seen[name] = [error.code, error.reason, error.errno < 0, error instanceof SystemError].join(' ');
         }
       }
       udp.close();
       console.log(JSON.stringify(seen));`,
    );
    expect([...new Set(Object.values(seen))], JSON.stringify(seen)).toEqual([
      'ENOTSUP unsupported-platform true true',
    ]);
  });
});
