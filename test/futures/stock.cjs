/** A program without the package: Node's own net, http, dgram and cluster, and a line of JSON about how they went. */
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');

const said = {};

function place(server) {
  const address = server.address();
  return typeof address === 'string' ? 'path' : (address?.address ?? null);
}

async function listens(name, server, ...args) {
  server.listen(...args);
  const atOnce = place(server);
  await once(server, 'listening');
  said[name] = [atOnce, place(server)];
  server.close();
  await once(server, 'close');
}

async function listenForms() {
  const server = net.createServer();
  await listens('no host', server, 0);
  await listens('again, with a host', server, 0, '::1');
  await listens('a name', server, { port: 0, host: 'localhost', family: 4 });
  await listens('IPv6 only', server, { port: 0, ipv6Only: true });
  await listens('path', server, `\0v6only-stock-${process.pid}`);
  const other = net.createServer().listen(0);
  await listens('a handle', server, other);
}

async function failures() {
  const held = net.createServer().listen(0, '::1');
  await once(held, 'listening');
  const server = net.createServer().listen(held.address().port, '::1');
  const [{ code }] = await once(server, 'error');
  said.busy = code;
  held.close();
  server.listen(0, '::1', () => server.close());
  await once(server, 'close');
  said['closed while pending'] = await closedSoon();
}

async function closedSoon() {
  const events = [];
  const server = net.createServer().on('listening', () => events.push('listening'));
  server.listen(0, '::1').close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return [events, server.listening];
}

async function request() {
  const server = http.createServer((_request, response) => response.end('hello')).listen(0, '::1');
  await once(server, 'listening');
  const [response] = await once(
    http.get({ host: '::1', port: server.address().port, agent: false }),
    'response',
  );
  const [body] = await once(response.setEncoding('utf8'), 'data');
  said.http = body;
  server.close();
  await once(server, 'close');
}

async function datagrams() {
  const socket = dgram.createSocket('udp6').bind(0, '::1');
  await once(socket, 'listening');
  socket.send('hello', socket.address().port, '::1');
  const [message] = await once(socket, 'message');
  said.dgram = String(message);
  socket.close();
}

async function primary(policy) {
  cluster.schedulingPolicy = policy;
  const workers = [cluster.fork(), cluster.fork()];
  const [[first], [second]] = await Promise.all(workers.map((worker) => once(worker, 'message')));
  // Two workers that ask for the same share the primary's socket.
  said.cluster = [first.place, second.place, first.port === second.port, first.udp];
  await Promise.all(workers.map((worker) => [worker.disconnect(), once(worker, 'exit')][1]));
}

async function worker() {
  const server = net.createServer().listen(0, '::1');
  const socket = dgram.createSocket('udp6').bind(0, '::1');
  await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
  process.send({ place: place(server), port: server.address().port, udp: socket.address().address });
}

async function main() {
  process.on('warning', ({ code, message }) => Object.assign(said, { warning: code ?? message }));
  await listenForms();
  await failures();
  await request();
  await datagrams();
  await primary(process.argv[2] === 'SCHED_NONE' ? cluster.SCHED_NONE : cluster.SCHED_RR);
  console.log(JSON.stringify(said));
}

if (cluster.isPrimary) main();
else worker();
