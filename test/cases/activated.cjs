/**
 * In the shape of a service under systemd with `ListenStream=8080`: one descriptor, usually a dual-stack socket, which
 * cannot be changed any more. IPv4 is another service's, and connections from IPv4 clients are closed unseen.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { describeSocket, listeningSockets, rejectIPv4Mapped } = require(
  process.env.V6ONLY_PACKAGE ?? 'v6only',
);

const FIRST_DESCRIPTOR = 3;

const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

if (Number(process.env.LISTEN_PID) !== process.pid) throw new Error('not started by systemd');
const { accepts } = describeSocket(FIRST_DESCRIPTOR);
rejectIPv4Mapped(server).listen({ fd: FIRST_DESCRIPTOR }, () => {
  ready({ port: server.address().port, sockets: listeningSockets(server), accepts }, () => server.close());
});
