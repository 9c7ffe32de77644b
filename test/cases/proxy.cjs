/**
 * In the shape of http-proxy: clients of both families outside, a target on localhost inside, and X-Forwarded-For in
 * between, which must hold the client's plain address.
 */
const http = require('node:http');
const { once } = require('node:events');
const { ready } = require('./ready.cjs');
const { listeningSockets, setStack } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

function createProxy(target) {
  return http.createServer((request, response) => {
    const headers = { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress };
    const { method, url: path } = request;
    const onward = http.request({ ...target, method, path, headers, agent: false }, (inner) => {
      response.writeHead(inner.statusCode, inner.headers);
      inner.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
}

async function main() {
  const target = http.createServer(({ headers }, response) => response.end(headers['x-forwarded-for']));
  setStack(target, 'split').listen(0, 'localhost');
  await once(target, 'listening');
  const proxy = createProxy({ host: 'localhost', port: target.address().port });
  setStack(proxy, 'split').listen(0);
  await once(proxy, 'listening');
  ready({ port: proxy.address().port, sockets: listeningSockets(proxy) }, () => {
    proxy.close();
    target.close();
  });
}

main();
