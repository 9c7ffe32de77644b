// WebSockets on both families: one WebSocketServer, which greets each client by its plain address, then echoes.
//   node examples/ws.js 8080
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { setStack } = require('v6only');

const server = http.createServer((_request, response) => response.writeHead(426).end('WebSockets only\n'));
const sockets = new WebSocketServer({ server }).on('connection', (socket, request) => {
  socket.send(`Hello ${request.socket.remoteAddress}`);
  socket.on('message', (data) => socket.send(String(data)));
});

const port = process.argv[2] ?? process.env.PORT ?? 0;
setStack(server, 'split').listen(port, () => console.log(server.address().port));

process.once('SIGTERM', () => {
  server.close();
  for (const socket of sockets.clients) socket.close(1001, 'going away');
});
