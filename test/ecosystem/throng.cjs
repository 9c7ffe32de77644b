/** Workers of throng, as its README starts them, on one server each: `node throng.cjs WAY`. Prints how they serve and end. */
const cluster = require('node:cluster');
const http = require('node:http');
const throng = require('throng');
const { HOSTS, ask, rows } = require('./served.cjs');
const { WAYS } = require('./ways.cjs');

const [, , way] = process.argv;
const COUNT = 2;

async function worker(id, disconnect) {
  const server = http.createServer(({ socket }, response) => response.end(`${socket.remoteAddress} ${id}`));
  process.once('SIGTERM', () => server.close(disconnect));
  await WAYS[way](server);
  process.send({ port: server.address().port });
}

async function use(ports) {
  const [port] = ports;
  const said = { ports: new Set(ports).size, sockets: rows(port), peers: {}, workers: {} };
  for (const host of HOSTS) {
    const answers = [];
    for (let i = 0; i < 2 * COUNT; i++) answers.push((await ask(host, port)).split(' '));
    said.peers[host] = [...new Set(answers.map(([address]) => address))];
    said.workers[host] = new Set(answers.map(([, id]) => id)).size;
  }
  process.kill(process.pid, 'SIGTERM');
  return said;
}

/** It ends by itself when its workers have. */
function master() {
  const ports = [];
  const exits = [];
  let using;
  cluster.on('message', (_worker, { port }) => {
    if (ports.push(port) === COUNT) using = use(ports);
  });
  cluster.on('exit', async (_worker, code, signal) => {
    if (exits.push(signal ?? code) < COUNT) return;
    const refused = await Promise.all(HOSTS.map((host) => ask(host, ports[0])));
    console.log(JSON.stringify({ ...(await using), exits, refused }));
  });
}

throng({ master, worker, count: COUNT, grace: 10_000 });
