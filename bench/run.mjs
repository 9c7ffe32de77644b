/** `npm run bench`: ours, a C loop of the same system calls, and what a user would pick instead, in one run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleave, report, timeSync } from './rounds.mjs';

const require = createRequire(import.meta.url);
const { getV6Only, setV6Only } = require('..');
const addon = require('node-gyp-build')(join(import.meta.dirname, '..'));

const ROUNDS = 21;
const CALLS = 200_000;
/** IPPROTO_IPV6 and IPV6_V6ONLY, as a user of the generic packages has to know them. */
const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, process.platform === 'linux' ? 26 : 27];

const folder = mkdtempSync(join(tmpdir(), 'v6only-bench-'));
const loop = join(folder, 'loop');
execFileSync('cc', ['-O2', '-o', loop, join(import.meta.dirname, 'loop.c')]);
const c = (what) => () => Number.parseFloat(execFileSync(loop, [what, String(CALLS)], { encoding: 'utf8' }));

/** koffi: the C function itself, called through a foreign-function interface. */
function koffiGetsockopt() {
  const koffi = require('koffi');
  const signature = 'int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32 *length)';
  const getsockopt = koffi.load(null).func(signature);
  const value = [0];
  const length = [4];
  return (fd) => getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, value, length);
}

async function listening(server, ...args) {
  await new Promise((resolve) => server.listen(...args, resolve));
  return server;
}

const close = (server) => new Promise((resolve) => server.close(resolve));

/** µs for a server to listen and close again, over 100 servers. */
async function timeListen(start) {
  const before = process.hrtime.bigint();
  for (let i = 0; i < 100; i++) {
    const server = net.createServer();
    await new Promise((resolve) => start(server, resolve));
    await close(server);
  }
  return Number(process.hrtime.bigint() - before) / 100 / 1000;
}

async function getters() {
  const { getsockopt } = require('sockopt');
  const koffi = koffiGetsockopt();
  const only = addon.open(6, 1);
  addon.setV6Only(only, true);
  const dual = addon.open(6, 1);
  addon.setV6Only(dual, false);
  const onlyServer = await listening(setV6Only(net.createServer()), 0);
  const bySockopt = () => getsockopt(onlyServer, IPPROTO_IPV6, IPV6_V6ONLY);
  report(
    `get, IPv6-only: ns a call, ${ROUNDS} rounds of ${CALLS}`,
    'ns',
    await interleave(
      {
        'C loop': c('get'),
        'getV6Only(fd)': () => timeSync(() => getV6Only(only), CALLS),
        'getV6Only(server)': () => timeSync(() => getV6Only(onlyServer), CALLS),
        koffi: () => timeSync(() => koffi(only), CALLS),
        sockopt: () => timeSync(bySockopt, CALLS),
      },
      ROUNDS,
    ),
    { 'getV6Only(fd)': 1.25, 'getV6Only(server)': 1.4 },
  );
  // A 0 is believed of an AF_INET6 socket only, so the kernel is asked for the family too.
  report(
    'get, dual-stack (the kernel is asked twice)',
    'ns',
    await interleave(
      {
        'C loop, asking twice': c('get2'),
        'getV6Only(fd)': () => timeSync(() => getV6Only(dual), CALLS),
      },
      ROUNDS,
    ),
    { 'getV6Only(fd)': 1.25 },
  );
  report(
    'set and read back',
    'ns',
    await interleave(
      {
        'C loop, set and get': c('set'),
        'setV6Only(fd)': () => timeSync(() => setV6Only(only), CALLS),
      },
      ROUNDS,
    ),
  );
  await close(onlyServer);
  addon.close(only);
  addon.close(dual);
}

async function listens() {
  report(
    'listen and close, dual-stack: µs',
    'µs',
    await interleave(
      {
        'listen(0)': () => timeListen((server, done) => server.listen(0, done)),
        'setV6Only(server, false).listen(0)': () =>
          timeListen((server, done) => setV6Only(server, false).listen(0, done)),
      },
      ROUNDS,
    ),
    { 'setV6Only(server, false).listen(0)': 1.25 },
  );
  const options = { port: 0, host: '::', ipv6Only: true };
  report(
    'listen and close, IPv6-only: µs',
    'µs',
    await interleave(
      {
        'listen({ host: "::", ipv6Only })': () => timeListen((server, done) => server.listen(options, done)),
        "setV6Only(server).listen(0, '::')": () =>
          timeListen((server, done) => setV6Only(server).listen(0, '::', done)),
        'setV6Only(server).listen(0)': () => timeListen((server, done) => setV6Only(server).listen(0, done)),
      },
      ROUNDS,
    ),
    { "setV6Only(server).listen(0, '::')": 1.25 },
  );
}

const LOAD = `
const start = process.hrtime.bigint();
import(ENTRY).then(({ platformDefaults, getV6Only, setV6Only }) => {
  setV6Only(require('node:net').createServer());
  console.log(Number(process.hrtime.bigint() - start) / 1e6);
});`;

async function load() {
  const code = LOAD.replace('ENTRY', JSON.stringify(require.resolve('..')));
  const run = () => Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }));
  const bare = `const start = process.hrtime.bigint(); import('node:net').then(() => { require('node:net').createServer();
    console.log(Number(process.hrtime.bigint() - start) / 1e6); });`;
  const stock = () => Number(execFileSync(process.execPath, ['-e', bare], { encoding: 'utf8' }));
  report(
    'load: ms',
    'ms',
    await interleave({ "import('node:net')": stock, "import('v6only') and the first call": run }, ROUNDS),
  );
}

try {
  await getters();
  await listens();
  await load();
} finally {
  rmSync(folder, { recursive: true });
}
