// One http server on both families, in TypeScript; SIGTERM, as sent by docker stop, closes it.
//   node examples/server.mts      with Node 22.18 or later, which runs TypeScript; else with tsc, tsx or a bundler
import http from 'node:http';
import { listen } from 'v6only';

const server = http.createServer((request, response) => {
  response.end(`Hello ${request.socket.remoteAddress}\n`);
});

const listening = await listen(server, { port: process.env['PORT'] ?? 3000 });
process.once('SIGTERM', () => listening.close());
for (const { address, port } of listening.sockets) console.log(address, port);
