/**
 * Servers behind a proxy that says in the PROXY protocol for whom it connects: `node proxywrap.cjs WAY`. Prints the address
 * that the server saw, by who connected and what the proxy said.
 */
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const proxywrap = require('findhit-proxywrap');
const { HOSTS, rows } = require('./served.cjs');
const { WAYS } = require('./ways.cjs');

const [, , way] = process.argv;
const SAID = {
  TCP4: 'PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n',
  TCP6: 'PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n',
  nothing: '',
};
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

async function ask(host, port, text) {
  const client = net.connect(port, host);
  let answer = '';
  client.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  client.on('error', () => {});
  client.write(text);
  if (!client.closed) await once(client, 'close');
  return answer.split('\r\n').at(-1);
}

/** Each answers with the address of its client. */
const SERVERS = {
  http: ({ createServer }) =>
    createServer(({ socket: { remoteAddress, remotePort } }, response) => {
      response.useChunkedEncodingByDefault = false;
      response.end(`${remoteAddress} ${remotePort === 56324}`);
    }),
  net: ({ createServer }) =>
    createServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.end(`${socket.remoteAddress} ${socket.remotePort === 56324}`);
    }),
};

async function use(kind, strict) {
  const wrapped = proxywrap.proxy({ http, net }[kind], { strict, ignoreStrictExceptions: true });
  const server = SERVERS[kind](wrapped);
  await WAYS[way](server);
  const { port } = server.address();
  const sockets = rows(port);
  const seen = {};
  for (const host of HOSTS) {
    for (const [said, header] of Object.entries(SAID))
      seen[`${host}, ${said}`] = await ask(host, port, header + REQUEST);
  }
  await new Promise((closed) => server.close(closed));
  return { sockets, seen };
}

async function main() {
  const outcome = {};
  for (const kind of ['http', 'net'])
    for (const strict of [true, false])
      outcome[`${kind}${strict ? ', strict' : ''}`] = await use(kind, strict);
  console.log(JSON.stringify(outcome));
}

main();
