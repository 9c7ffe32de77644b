/** Where the time goes in the two hottest paths, getV6Only(fd) and setV6Only(server).listen(). */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';
import { report, working } from './results.mjs';
import { interleave, ROUNDS, timeCycles, timeSync } from './rounds.mjs';

const require = createRequire(import.meta.url);
const { getV6Only, setV6Only } = require('..');
const addon = require('node-gyp-build')(join(import.meta.dirname, '..'));

const CALLS = 100_000;
const LISTENS = 100;

/** The addon of parts.c. */
function buildParts(folder) {
  const { include_dir: headers } = require('node-api-headers');
  const output = join(folder, 'parts.node');
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const source = join(import.meta.dirname, 'parts.c');
  execFileSync('cc', ['-O2', '-fPIC', ...shared, '-I', headers, '-o', output, source]);
  return require(output);
}

/** Rows with … do what the row before does and something more; the two after them are other ways for the same. */
export async function breakDownGet(c, folder) {
  const title = 'getV6Only(fd), part by part';
  const socket = net.createServer().listen({ port: 0, host: '::', ipv6Only: true });
  if (!socket.listening) await new Promise((resolve) => socket.on('listening', resolve));
  const { fd } = socket._handle;
  let parts;
  const part = (name) => () => {
    parts ??= buildParts(folder);
    return () => timeSync(() => parts[name](fd), CALLS);
  };
  const shared = () => {
    parts ??= buildParts(folder);
    const { getShared, memory } = parts;
    const value = new Int32Array(memory);
    return () =>
      timeSync(() => {
        value[0] = fd;
        getShared();
        return value[0];
      }, CALLS);
  };
  const contenders = await working(title, {
    'C loop, with a second thread': () => c('threads'),
    'C loop': () => c('get'),
    'Node-API, empty function': part('empty'),
    '… its argument read and checked': part('argument'),
    '… and a number returned': part('result'),
    '… and the system call': part('getNumber'),
    'a boolean in place of the number': part('getBoolean'),
    'shared memory in place of both': shared,
    "v6only's addon": () => () => timeSync(() => addon.getV6Only(fd), CALLS),
    'getV6Only(fd)': () => () => timeSync(() => getV6Only(fd), CALLS),
  });
  report(title, 'ns', await interleave(contenders, ROUNDS));
  const bare = {
    'a bare Node-API function': part('getNumber')(),
    'getV6Only(fd)': () => timeSync(() => getV6Only(fd), CALLS),
  };
  const goal = { 'getV6Only(fd)': 1.05 };
  report('get, beside a bare Node-API function', 'ns', await interleave(bare, ROUNDS), goal);
  const targets = {
    'getV6Only(fd)': bare['getV6Only(fd)'],
    'getV6Only(server)': () => timeSync(() => getV6Only(socket), CALLS),
  };
  const byServer = { 'getV6Only(server)': 1.15 };
  report('get, by server and by descriptor', 'ns', await interleave(targets, ROUNDS), byServer);
  socket.close();
}

/** µs for a server to be made, something to be done to it, and it to be closed where it listens. */
function timeServers(work) {
  return timeCycles(async () => {
    const server = net.createServer();
    work(server);
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }, LISTENS);
}

export async function breakDownListen() {
  const servers = (work) => () => timeServers(work);
  const fd = addon.open(6, 1);
  const costs = await interleave(
    {
      'listen(0), stock': servers((server) => server.listen(0)),
      'no listen': servers(() => {}),
      'setV6Only(server), no listen': servers((server) => setV6Only(server, false)),
      'reading the option back': () => timeSync(() => getV6Only(fd), CALLS) / 1000,
      'looking for an address': () => timeSync(() => addon.hasAddress(6), LISTENS) / 1000,
      'setV6Only(server, false).listen(0)': servers((server) => setV6Only(server, false).listen(0)),
    },
    ROUNDS,
  );
  addon.close(fd);
  report('setV6Only and listen, part by part', 'µs', costs);
}
