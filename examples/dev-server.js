// A development server, or the callback of a command-line OAuth login: http://localhost:PORT reaches it on ::1 and
// 127.0.0.1, no other address does, and the port is the first of three that is free on both, without probing.
//   node examples/dev-server.js 3000
const http = require('node:http');
const { listen } = require('v6only');

const server = http.createServer((request, response) => {
  response.end(`Hello ${request.socket.remoteAddress}\n`);
});

const first = Number(process.argv[2] ?? process.env.PORT ?? 3000);
listen(server, { host: 'localhost', port: [first, first + 1, 0] }).then((listening) => {
  process.once('SIGTERM', () => listening.close());
  console.log(listening.port);
});
