/**
 * Sessions of socket.io, each with one of two workers, as the README of @socket.io/sticky does it: the primary accepts, and
 * sends each connection on. `node sticky.cjs WAY` prints what each session was told.
 */
const cluster = require('node:cluster');
const { once } = require('node:events');
const http = require('node:http');
const { setupPrimary, setupWorker } = require('@socket.io/sticky');
const { HOSTS, rows } = require('./served.cjs');
const { WAYS } = require('./ways.cjs');

const [, , way] = process.argv;
const TRANSPORTS = ['polling', 'websocket'];

function runWorker() {
  const { Server } = require('socket.io');
  const io = new Server(http.createServer());
  setupWorker(io);
  io.on('connection', (socket) => {
    socket.on('who', (answer) => answer([socket.handshake.address, cluster.worker.id]));
  });
  process.send('ready');
}

/** Asked twice, through as many requests: a worker without the session would refuse them. */
async function session(host, port, transport) {
  const { io } = require('socket.io-client');
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const client = io(url, { transports: [transport], reconnection: false, forceNew: true });
  try {
    const [address, worker] = await client.timeout(10_000).emitWithAck('who');
    const [, again] = await client.timeout(10_000).emitWithAck('who');
    return { address, worker, again };
  } finally {
    client.disconnect();
  }
}

async function runPrimary() {
  const server = http.createServer();
  setupPrimary(server, { loadBalancingMethod: 'round-robin' });
  cluster.setupPrimary({ serialization: 'advanced' });
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  await WAYS[way](server);
  const { port } = server.address();
  const sockets = rows(port);
  const sessions = {};
  const stuck = new Set();
  const used = new Set();
  for (const host of HOSTS) {
    for (const transport of TRANSPORTS) {
      const { address, worker, again } = await session(host, port, transport);
      sessions[`${transport} ${host}`] = address;
      stuck.add(worker === again);
      used.add(worker);
    }
  }
  console.log(JSON.stringify({ sockets, sessions, stuck: [...stuck], used: used.size }));
  // A stock server does not always close either: it waits for what the workers have of its connections.
  process.exit();
}

if (cluster.isPrimary) runPrimary();
else runWorker();
