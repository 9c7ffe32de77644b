/** A program that knows nothing of the package, under v6only/register: what each wildcard and everything else becomes. */
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { closed, record, untilQuiet, watch } = require('./contract-trial.cjs');

const FORMS = {
  '(0)': [0],
  "(0, '')": [0, ''],
  '({ port }), frozen': [Object.freeze({ port: 0 })],
  "(0, '::')": [0, '::'],
  "(0, '::1')": [0, '::1'],
  "(0, '127.0.0.1')": [0, '127.0.0.1'],
  "(0, '0.0.0.0')": [0, '0.0.0.0'],
  "({ host: '::', ipv6Only: false })": [{ port: 0, host: '::', ipv6Only: false }],
  "({ host: '::', ipv6Only: true })": [{ port: 0, host: '::', ipv6Only: true }],
};

/** What the server says of a client: its address there; undefined where it gets no connection. */
function peerSeen(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket
      .setEncoding('utf8')
      .once('data', resolve)
      .once('error', () => resolve());
  });
}

async function tcp(args, call = (server) => server.listen(...args)) {
  const server = net.createServer((socket) => socket.end(socket.remoteAddress));
  const { events, stop } = watch(server);
  call(server);
  const atOnce = server.listening;
  await untilQuiet(events);
  stop();
  if (!server.listening) return `nothing: ${events}`;
  const { address, port } = server.address();
  const peers = await Promise.all(['::1', '127.0.0.1'].map((host) => peerSeen(host, port)));
  await closed(server);
  const seen = peers.filter((peer) => peer !== undefined).join(' ');
  return `[${address}] ${seen}, ${atOnce ? 'at once' : 'later'}, ${events}`;
}

/** Who reaches a udp6 socket on the wildcard. */
async function udp() {
  const socket = dgram.createSocket('udp6').bind(0);
  const peers = new Set();
  socket.on('message', (_message, { address }) => peers.add(address));
  await once(socket, 'listening');
  const { port } = socket.address();
  const clients = [dgram.createSocket('udp6'), dgram.createSocket('udp4')];
  clients[0].send('x', port, '::1');
  clients[1].send('x', port, '127.0.0.1', () => {});
  clients[1].on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const one of [socket, ...clients]) one.close();
  return [...peers].sort().join(' and ');
}

async function run() {
  for (const [form, args] of Object.entries(FORMS)) record(form, await tcp(args));
  const { listen } = net.Server.prototype;
  record('prototype', await tcp([], (server) => listen.call(server, 0)));
  record('again', await tcp([], (server) => server.listen(0, '127.0.0.1').close().listen(0, '::')));
  const held = net.createServer().listen(0);
  const other = net.createServer();
  other.listen(held.address().port);
  const [{ code, syscall, port }] = await once(other, 'error');
  record('in use', `${code} ${syscall} ${port === held.address().port}`);
  held.close();
  record('udp6', await udp());
}

module.exports = { run };
