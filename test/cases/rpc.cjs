/**
 * In the shape of grpc-node: a name stands for several addresses, the server binds all of them on one port, and is
 * content with one.
 */
const http2 = require('node:http2');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

/** The last one is of another machine. */
const RESOLVED = { 'greeter.test': ['::1', '127.0.0.1', '198.51.100.7'] };

class RpcServer {
  #http2 = http2.createServer(({ socket }, response) => response.end(socket.remoteAddress));

  /** Rejects where none of the addresses is this machine's. */
  bind(name, port) {
    const host = RESOLVED[name].map((address) => ({ host: address, optional: true }));
    return listen(this.#http2, { port, host });
  }
}

new RpcServer().bind('greeter.test', 0).then(({ port, sockets, missing, close }) => {
  ready({ port, sockets, missing: missing.map(({ address }) => address) }, close);
});
