/**
 * In the shape of a service in a container, which may have both families, or IPv4 alone: it serves what there is, and its
 * log says what there is not.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

async function main() {
  const { port, sockets, missing, close } = await listen(server, { port: process.env.PORT ?? 0 });
  for (const { family, error } of missing) console.warn(`without ${family}: ${error.reason}`);
  ready({ port, sockets, missing: missing.map(({ address }) => address) }, close);
}

main();
