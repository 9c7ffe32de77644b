/** Listening, accepting and serving: one socket with the option, and two on one port, against stock servers. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net, { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { note, report } from './results.mjs';
import { interleave, ROUNDS, timeCycles } from './rounds.mjs';

const require = createRequire(import.meta.url);
const { listen, setStack, setV6Only } = require('..');
const addon = require('node-gyp-build')(join(import.meta.dirname, '..'));

const LISTENS = 100;
const CONNECTIONS = 400;
const REQUESTS = 1000;
const AT_ONCE = 16;

const close = (server) => new Promise((resolve) => server.close(resolve));

/** µs for a server to listen and close again. */
const timeListen = (cycle) => timeCycles(cycle, LISTENS);

const one = (start) => () =>
  timeListen(async () => {
    const server = net.createServer();
    await new Promise((resolve) => start(server, resolve));
    await close(server);
  });

/** Again where another program has the IPv4 port that the kernel chose for IPv6, as ours does. */
async function twoByHand(look = (_server) => {}) {
  while (!(await tryTwo(look)));
}

async function tryTwo(look) {
  const ipv6 = net.createServer();
  ipv6.listen({ port: 0, host: '::', ipv6Only: true });
  await once(ipv6, 'listening');
  const ipv4 = net.createServer((socket) => ipv6.emit('connection', socket));
  ipv4.listen({ port: ipv6.address().port, host: '0.0.0.0' });
  const listens = await once(ipv4, 'listening').then(
    () => true,
    () => false,
  );
  for (const server of listens ? [ipv6, ipv4] : []) look(server);
  await Promise.all([close(ipv6), ...(listens ? [close(ipv4)] : [])]);
  return listens;
}

/** What every listen that is checked costs: a system call more for each socket. */
function readBack(server) {
  const { fd } = server._handle;
  if (isIPv6(server.address().address)) addon.getV6Only(fd);
}

async function listens() {
  const ipv6Only = { port: 0, host: '::', ipv6Only: true };
  const dual = {
    'listen(0)': one((server, done) => server.listen(0, done)),
    'the same, and the option read back': one((server, done) => {
      server.listen(0, done);
      addon.getV6Only(server._handle.fd);
    }),
    'setV6Only(server, false).listen(0)': one((server, done) => setV6Only(server, false).listen(0, done)),
  };
  const only = {
    "listen({ host: '::', ipv6Only })": one((server, done) => server.listen(ipv6Only, done)),
    "setV6Only(server).listen(0, '::')": one((server, done) => setV6Only(server).listen(0, '::', done)),
    'setV6Only(server).listen(0)': one((server, done) => setV6Only(server).listen(0, done)),
  };
  const split = {
    'two servers by hand': () => timeListen(() => twoByHand()),
    'the same, and both read back': () => timeListen(() => twoByHand(readBack)),
    "setStack(server, 'split').listen(0)": one((server, done) => setStack(server, 'split').listen(0, done)),
    'listen(server, { port: 0 })': () =>
      timeListen(async () => (await listen(net.createServer(), { port: 0 })).close()),
  };
  report('listen and close, dual-stack', 'µs', await interleave(dual, ROUNDS), {
    'setV6Only(server, false).listen(0)': 1.2,
  });
  report('listen and close, IPv6-only', 'µs', await interleave(only, ROUNDS), {
    "setV6Only(server).listen(0, '::')": 1.2,
  });
  report('listen and close, both families', 'µs', await interleave(split, ROUNDS), {
    "setStack(server, 'split').listen(0)": 1.2,
    'listen(server, { port: 0 })': 1.35,
  });
}

/** What a program that imports the package pays for the listens of its stock servers: each in a process of its own. */
async function stockListens() {
  const program = (before) => () => {
    const cycle =
      `${before};const net=require('node:net');let left=2000,from;` +
      'const next=()=>{if(left===1000)from=process.hrtime.bigint();' +
      'if(left--===0)return console.log(Number(process.hrtime.bigint()-from)/1e6);' +
      'const s=net.createServer().listen(0,()=>s.close(next))};next()';
    return Number(execFileSync(process.execPath, ['-e', cycle], { encoding: 'utf8' }));
  };
  const contenders = {
    'without the package': program(''),
    'the package imported': program(`require(${JSON.stringify(join(import.meta.dirname, '..'))})`),
  };
  report("a stock server's listen and close", 'µs', await interleave(contenders, ROUNDS), {
    'the package imported': 1.03,
  });
}

/** Runs `task` `count` times, `AT_ONCE` at a time; µs each. */
async function timeTasks(count, task) {
  const before = process.hrtime.bigint();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return Number(process.hrtime.bigint() - before) / count / 1000;
}

async function connectOnce(port, host) {
  const socket = net.connect(port, host);
  await once(socket, 'connect');
  socket.resetAndDestroy();
}

function get(port, host, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host, agent }, (response) => response.resume().on('end', resolve));
    request.on('error', reject);
  });
}

async function rates() {
  const stock = http.createServer((_request, response) => response.end('ok')).listen(0);
  await once(stock, 'listening');
  const ours = http.createServer((_request, response) => response.end('ok'));
  const { port } = await listen(ours, { port: 0 });
  for (const [family, host] of [
    ['IPv6', '::1'],
    ['IPv4', '127.0.0.1'],
  ]) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const accept = {
      'stock dual-stack server': () => timeTasks(CONNECTIONS, () => connectOnce(stock.address().port, host)),
      split: () => timeTasks(CONNECTIONS, () => connectOnce(port, host)),
    };
    const serve = {
      'stock dual-stack server': () => timeTasks(REQUESTS, () => get(stock.address().port, host, agent)),
      split: () => timeTasks(REQUESTS, () => get(port, host, agent)),
    };
    // At least as many a second is a cost of at most the same.
    report(`a connection over ${family}`, 'µs', await interleave(accept, ROUNDS), { split: 1 });
    report(`an http request over ${family}, keep-alive`, 'µs', await interleave(serve, ROUNDS), {
      split: 1,
    });
    agent.destroy();
  }
  stock.closeAllConnections();
  ours.closeAllConnections();
  await Promise.all([close(stock), close(ours)]);
}

async function thousand() {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = { heap: process.memoryUsage().rss, descriptors: descriptors() };
  const servers = [];
  for (let i = 0; i < 1000; i++) servers.push(await listen(net.createServer(), { port: 0 }));
  const kilobytes = (process.memoryUsage().rss - before.heap) / 1024;
  note('1,000 split servers', 'descriptors', String(descriptors() - before.descriptors));
  note('1,000 split servers', 'memory each', `${(kilobytes / 1000).toFixed(1)} kB`);
  await Promise.all(servers.map((listening) => listening.close()));
}

export async function benchServers() {
  await listens();
  await stockListens();
  await rates();
  await thousand();
}
