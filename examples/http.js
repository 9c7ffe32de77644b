// One http server on two sockets, an IPv6-only and an IPv4 one: IPv4 clients appear as 127.0.0.1, not ::ffff:127.0.0.1.
//   node examples/http.js 8080      then: curl -4 http://localhost:8080   curl -6 http://localhost:8080
const http = require('node:http');
const { listen } = require('v6only');

const server = http.createServer((request, response) => {
  response.end(`Hello ${request.socket.remoteAddress}\n`);
});

listen(server, { port: process.argv[2] ?? process.env.PORT ?? 0 }).then((listening) => {
  process.once('SIGTERM', () => listening.close());
  console.log(listening.port);
});
