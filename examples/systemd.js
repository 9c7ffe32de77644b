// Serves on the sockets that systemd opened (sd_listen_fds(3)): LISTEN_FDS of them, from descriptor 3 on, for the
// process LISTEN_PID. systemd/hello.socket requests an IPv6-only and an IPv4 one. If the IPv6 one is dual-stack
// instead, listen() fails with already-bound, rather than showing IPv4 clients as ::ffff:a.b.c.d.
//   systemctl start hello.socket      which starts:  node examples/systemd.js
const http = require('node:http');
const { describeSocket, setV6Only } = require('v6only');

const FIRST_DESCRIPTOR = 3;

function inheritedDescriptors() {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) : 0;
  return Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
}

for (const fd of inheritedDescriptors()) {
  const server = http.createServer((request, response) => {
    response.end(`Hello ${request.socket.remoteAddress}\n`);
  });
  if (describeSocket(fd).family === 'IPv6') setV6Only(server);
  server.listen({ fd }, () => console.log(describeSocket(server).local));
  process.once('SIGTERM', () => server.close());
}
