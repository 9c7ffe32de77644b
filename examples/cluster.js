// A cluster whose workers share both sockets; the primary doesn't need v6only. Prints the port once all workers listen.
//   node examples/cluster.js 8080
const cluster = require('node:cluster');
const http = require('node:http');
const { listen } = require('v6only');

const WORKERS = 2;

function runPrimary() {
  let ready = 0;
  for (let i = 0; i < WORKERS; i++) {
    cluster.fork().on('message', (port) => {
      if (++ready === WORKERS) console.log(port);
    });
  }
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit();
  });
}

async function runWorker() {
  const server = http.createServer((request, response) => {
    response.end(`Hello ${request.socket.remoteAddress} from worker ${cluster.worker.id}\n`);
  });
  const { port } = await listen(server, { port: process.argv[2] ?? process.env.PORT ?? 0 });
  cluster.worker.send(port);
}

if (cluster.isPrimary) runPrimary();
else runWorker();
