// A server for a child process. child.send(message, server) sends one socket, so for both families there are two
// servers with one socket each, and the child passes their connections to its one http server.
//   node examples/child-process.js 8080
const { fork } = require('node:child_process');
const http = require('node:http');
const net = require('node:net');
const { setV6Only } = require('v6only');

function runParent() {
  const ipv6 = setV6Only(net.createServer()).listen(process.argv[2] ?? process.env.PORT ?? 0, () => {
    const { port } = ipv6.address();
    const ipv4 = net.createServer().listen(port, '0.0.0.0', () => {
      const child = fork(__filename);
      // The parent closes its own copies, and accepts no connections.
      for (const server of [ipv6, ipv4]) child.send('server', server, () => server.close());
      child.once('message', () => console.log(port));
      process.once('SIGTERM', () => child.disconnect());
    });
  });
}

function runChild() {
  const server = http.createServer((request, response) => {
    response.end(`Hello ${request.socket.remoteAddress}\n`);
  });
  const received = new Set();
  process.on('message', (_message, handle) => {
    if (!(handle instanceof net.Server)) return;
    handle.on('connection', (socket) => server.emit('connection', socket));
    received.add(handle);
    if (received.size === 2) process.send?.('ready');
  });
  process.once('disconnect', () => {
    for (const handle of received) handle.close();
  });
}

if (process.send === undefined) runParent();
else runChild();
