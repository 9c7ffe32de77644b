/**
 * In the shape of n8n and uptime-kuma: HOST and PORT of the environment go to `listen` as they are. `HOST=::` means every
 * interface there, over both families.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listeningSockets, setStack } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const { HOST = '::', PORT = 0 } = process.env;
const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

setStack(server, 'split').listen(Number(PORT), HOST, () => {
  ready({ port: server.address().port, sockets: listeningSockets(server) }, () => server.close());
});
