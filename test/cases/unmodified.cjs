/** In the shape of what one installs and starts (verdaccio, node-red): it listens as Node does, and knows of no stack. */
const http = require('node:http');
const { ready } = require('./ready.cjs');

const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

server.listen(process.env.PORT ?? 0, () => {
  ready({ port: server.address().port }, () => server.close());
});
