/**
 * In the shape of fastify: the framework makes the server and listens by itself, on 'localhost' unless it is told
 * something else. By hand one opens further servers for the other addresses of the name.
 */
const http = require('node:http');
const { ready } = require('./ready.cjs');
const { listeningSockets, setStack } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

class App {
  #routes = new Map();
  server = http.createServer(({ url, socket }, response) => {
    const handler = this.#routes.get(url);
    response.writeHead(handler ? 200 : 404).end(handler?.({ ip: socket.remoteAddress }));
  });

  get(path, handler) {
    this.#routes.set(path, handler);
  }

  listen({ port = 0, host = 'localhost' }) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen({ port, host }, () => resolve(this.server.address().port));
    });
  }
}

const app = new App();
app.get('/', ({ ip }) => ip);
setStack(app.server, 'split');
app.listen({ port: 0 }).then((port) => {
  ready({ port, sockets: listeningSockets(app.server) }, () => app.server.close());
});
