/**
 * In the shape of get-port and portfinder: ports of a range, for several servers that start at once. What is found is a
 * listening server rather than a number, so nobody else can take the port in between.
 *   node free-ports.cjs FIRST
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const SERVERS = 4;
const RANGE = 10;

function* portNumbers(from, to) {
  for (let port = from; port <= to; port++) yield port;
}

function startServer(first) {
  const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));
  return listen(server, { port: portNumbers(first, first + RANGE - 1), host: 'localhost' });
}

async function main() {
  const first = Number(process.argv[2]);
  const all = await Promise.all(Array.from({ length: SERVERS }, () => startServer(first)));
  const ports = all.map(({ port }) => port);
  const [{ port, sockets }] = all;
  ready({ port, sockets, ports }, () => Promise.all(all.map(({ close }) => close())));
}

main();
