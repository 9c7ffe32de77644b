/** The option itself: get and set, on a descriptor and on a server, against a C loop of the same system calls. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breakDownGet, breakDownListen } from './breakdown.mjs';
import { report, working } from './results.mjs';
import { interleave, ROUNDS, timeSync } from './rounds.mjs';

const require = createRequire(import.meta.url);
const { getV6Only, setV6Only } = require('..');
const addon = require('node-gyp-build')(join(import.meta.dirname, '..'));

const CALLS = 100_000;
/** IPPROTO_IPV6 and IPV6_V6ONLY, as a user of the generic packages has to know them. */
const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, process.platform === 'linux' ? 26 : 27];
const STREAM = 1;

/** koffi: the C function itself, called through a foreign-function interface. */
function koffiGetsockopt() {
  const koffi = require('koffi');
  const signature = 'int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32 *length)';
  const getsockopt = koffi.load(null).func(signature);
  const value = [0];
  const length = [4];
  return (fd) => getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, value, length);
}

/** node:ffi came with Node 26, whose binary `npm run test:nodes` installs. */
function findNodeWithFFI() {
  const [cache, flag] = [
    '../node_modules/.cache/v6only-nodes/node_modules/node26/bin/node',
    '--experimental-ffi',
  ];
  for (const node of [process.execPath, join(import.meta.dirname, cache)]) {
    if (spawnSync(node, [flag, '-e', 'require("node:ffi")']).status === 0) return node;
  }
  throw new Error(`not in Node ${process.version}, and no Node 26 in node_modules/.cache`);
}

function ffiGetsockopt() {
  const node = findNodeWithFFI();
  const script = join(import.meta.dirname, 'get-by-ffi.mjs');
  const args = ['--experimental-ffi', '--no-warnings', script, String(CALLS)];
  return () => Number(execFileSync(node, args, { encoding: 'utf8' }));
}

function openSocket(v6Only) {
  const fd = addon.open(6, STREAM);
  addon.setV6Only(fd, v6Only);
  return fd;
}

async function getIPv6Only(c) {
  const title = 'get, IPv6-only socket';
  const fd = openSocket(true);
  const server = setV6Only(net.createServer()).listen(0);
  const timed = (call) => () => timeSync(call, CALLS);
  const contenders = await working(title, {
    'C loop': () => c('get'),
    'getV6Only(fd)': () => timed(() => getV6Only(fd)),
    'getV6Only(server)': () => timed(() => getV6Only(server)),
    koffi: () => {
      const koffi = koffiGetsockopt();
      return timed(() => koffi(fd));
    },
    sockopt: () => {
      const { getsockopt } = require('sockopt');
      return timed(() => getsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY));
    },
    'node:ffi of Node 26': ffiGetsockopt,
  });
  const costs = await interleave(contenders, ROUNDS);
  report(title, 'ns', costs);
  server.close();
  addon.close(fd);
}

/** A 0 is believed of an AF_INET6 socket only, so the kernel is asked for the family too. */
async function getDualStack(c) {
  const fd = openSocket(false);
  const contenders = {
    'C loop, asking twice': c('get2'),
    'getV6Only(fd)': () => timeSync(() => getV6Only(fd), CALLS),
  };
  report('get, dual-stack socket', 'ns', await interleave(contenders, ROUNDS));
  addon.close(fd);
}

async function set(c) {
  const fd = openSocket(true);
  const contenders = {
    'C loop, set and get': c('set'),
    'setV6Only(fd)': () => timeSync(() => setV6Only(fd), CALLS),
  };
  report('set and read back', 'ns', await interleave(contenders, ROUNDS));
  addon.close(fd);
}

export async function benchSockopt() {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-bench-'));
  try {
    const loop = join(folder, 'loop');
    execFileSync('cc', ['-O2', '-pthread', '-o', loop, join(import.meta.dirname, 'loop.c')]);
    const c = (what) => () =>
      Number.parseFloat(execFileSync(loop, [what, String(CALLS)], { encoding: 'utf8' }));
    await getIPv6Only(c);
    await getDualStack(c);
    await set(c);
    await breakDownGet(c, folder);
    await breakDownListen();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
