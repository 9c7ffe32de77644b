// https with HTTP/2 and HTTP/1.1 on both families, from one secure server: request.socket.remoteAddress is plain.
//   openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out cert.pem
//   TLS_KEY=key.pem TLS_CERT=cert.pem node examples/https.js 8443
const { readFileSync } = require('node:fs');
const http2 = require('node:http2');
const { listen } = require('v6only');

const { TLS_KEY = 'key.pem', TLS_CERT = 'cert.pem' } = process.env;
const options = { key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT), allowHTTP1: true };

const server = http2.createSecureServer(options, (request, response) => {
  response.end(`Hello ${request.socket.remoteAddress} by HTTP/${request.httpVersion}\n`);
});

listen(server, { port: process.argv[2] ?? process.env.PORT ?? 0 }).then((listening) => {
  process.once('SIGTERM', () => listening.close());
  console.log(listening.port);
});
