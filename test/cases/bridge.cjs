/**
 * In the shape of Homebridge: the accessory is announced, and reachable, on the addresses of one interface and nowhere
 * else; its link-local address needs the interface's name. By hand there is one server for each.
 *   node bridge.cjs INTERFACE
 */
const http = require('node:http');
const os = require('node:os');
const { ready } = require('./ready.cjs');
const { listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

function hostsOf(name) {
  return os.networkInterfaces()[name].map(({ address, scopeid }) => ({
    host: scopeid ? `${address}%${name}` : address,
    optional: true,
  }));
}

const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));

listen(server, { port: 0, host: hostsOf(process.argv[2]) }).then(({ port, sockets, missing, close }) => {
  ready({ port, sockets, missing: missing.map(({ address }) => address) }, close);
});
