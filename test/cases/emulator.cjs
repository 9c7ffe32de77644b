/**
 * In the shape of firebase-tools: an emulator must have its primary address; another one that cannot be served is a
 * warning, since some clients will look for the emulator there.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

function startEmulator(name, [primary, ...others], port) {
  const server = http.createServer(({ socket }, response) => response.end(`${name} ${socket.remoteAddress}`));
  return listen(server, { port, host: [primary, ...others.map((host) => ({ host, optional: true }))] });
}

async function main() {
  const { port, sockets, missing, close } = await startEmulator('database', ['127.0.0.1', '::1'], 0);
  for (const { address, error } of missing) {
    console.warn(`warning: database is not on ${address}: ${error.reason}`);
  }
  ready({ port, sockets, missing: missing.map(({ address }) => address) }, close);
}

main();
