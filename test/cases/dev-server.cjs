/**
 * In the shape of vite, next and webpack-dev-server: the wished-for port, the ones after it, at last any. A port counts as
 * free where both loopback addresses have it; nothing is probed and then hoped for.
 *   node dev-server.cjs PORT ...
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const wished = process.argv.slice(2).map(Number);
const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

listen(server, { port: [...wished, 0], host: 'localhost' }).then(({ port, sockets, close }) => {
  if (port !== wished[0]) console.warn(`Port ${wished[0]} is in use, using ${port} instead.`);
  ready({ port, sockets }, close);
});
