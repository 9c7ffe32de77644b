/**
 * In the shape of a command line's OAuth callback (RFC 8252, 7.3): a browser is sent to http://localhost:PORT/callback, and
 * goes to ::1 or to 127.0.0.1 as it likes. Both are served, and no other machine is.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const server = http.createServer(({ url, socket }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (pathname !== '/callback') return response.writeHead(404).end();
  response.end(`signed in with ${searchParams.get('code')} from ${socket.remoteAddress}`);
});

listen(server, { port: 0, host: 'localhost' }).then(({ port, sockets, missing, close }) => {
  const redirect = `http://localhost:${port}/callback`;
  ready({ port, sockets, missing: missing.map(({ address }) => address), redirect }, close);
});
