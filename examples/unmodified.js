// A program that doesn't use v6only: its one http server calls `listen(port)`, and here gets two sockets.
//   V6ONLY_STACK=split node --import v6only/register examples/unmodified.js 8080
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.end(`Hello ${request.socket.remoteAddress}\n`);
});

server.listen(process.argv[2] ?? process.env.PORT ?? 0, () => console.log(server.address().port));
