/**
 * Starts each program of argv[2], looks at its sockets with ss, asks it what its clients ask, and ends it. It runs where the
 * programs run, in a namespace, so that its clients reach them. Prints a report for each.
 */
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { ssRows } = require('../harness/ss.cjs');
const { CLIENTS } = require('./clients.cjs');

const AT_ONCE = 3;

/** IPv6 first: '[::] v6only:1', '0.0.0.0', '* v6only:0' for a dual-stack wildcard. */
function listeners(port, kind) {
  return ssRows({ kind, port })
    .map(({ local, v6Only }) => {
      const address = local.slice(0, local.lastIndexOf(':'));
      return v6Only === null ? address : `${address} v6only:${v6Only}`;
    })
    .sort((a, b) => Number(b.includes('v6only')) - Number(a.includes('v6only')) || (a < b ? -1 : 1));
}

async function listenOn127() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function freePort() {
  const server = await listenOn127();
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** 'free' and 'busy' in a program's arguments become such ports; `busy` is one that IPv4 has taken. */
async function withPorts(args, busy) {
  const all = [];
  for (const arg of args) all.push(arg === 'free' ? await freePort() : arg === 'busy' ? busy : arg);
  return all.map(String);
}

function start({ through = [], flags = [], name, env }, args, refuse) {
  const program = [process.execPath, ...flags, join(__dirname, `${name}.cjs`), ...args];
  const [command, ...rest] = [...refuse, ...through, ...program];
  return spawn(command, rest, { env: { ...process.env, ...env }, stdio: 'pipe' });
}

async function ask(asks, port) {
  const answers = {};
  for (const question of asks) {
    const [kind, ...host] = question.split(' ');
    answers[question] = await CLIENTS[kind](host.join(' '), port);
  }
  return answers;
}

async function visit(order, { refuse, busy }) {
  const args = await withPorts(order.args ?? [], busy);
  const child = start(order, args, refuse);
  const ended = once(child, 'close');
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => ['null']),
  ]);
  const said = JSON.parse(line);
  const port = said?.port ?? 0;
  const sockets = said && { tcp: listeners(port, 'tcp'), udp: listeners(port, 'udp') };
  const answers = said && (await ask(order.asks, port));
  child.stdin.end();
  const [status] = await ended;
  const left = said && [...listeners(port, 'tcp'), ...listeners(port, 'udp')];
  return { args, said, sockets, answers, stderr, status, left };
}

async function main() {
  const [orders, refuse] = process.argv.slice(2).map((text) => JSON.parse(text));
  const taken = await listenOn127();
  const waiting = [...orders];
  const reports = {};
  const visitor = async () => {
    for (let order = waiting.shift(); order !== undefined; order = waiting.shift())
      reports[order.name] = await visit(order, { refuse, busy: taken.address().port });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  taken.close();
  console.log(JSON.stringify(reports));
}

main();
