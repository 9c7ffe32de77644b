/**
 * In the shape of PM2's cluster mode: several workers of a server that knows nothing of it, on one port.
 *   node workers.cjs PORT
 */
const cluster = require('node:cluster');
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listeningSockets, setStack } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const WORKERS = 2;

function runPrimary() {
  const started = [];
  for (let i = 0; i < WORKERS; i++) {
    cluster.fork().once('message', (said) => {
      started.push(said);
      if (started.length === WORKERS) ready({ ...said, workers: started }, () => cluster.disconnect());
    });
  }
}

function runWorker() {
  const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));
  setStack(server, 'split').listen(Number(process.argv[2]), () => {
    cluster.worker.send({ port: server.address().port, sockets: listeningSockets(server) });
  });
}

if (cluster.isPrimary) runPrimary();
else runWorker();
