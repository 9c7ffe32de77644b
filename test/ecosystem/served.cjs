/** What a port serves: its sockets as the kernel has them, and what a client of either family is answered. */
const { ssRows } = require('../harness/ss.cjs');

const HOSTS = ['::1', '127.0.0.1'];

/** 'ADDRESS V6ONLY' of each listener. */
function rows(port) {
  return ssRows({ kind: 'tcp', port })
    .map(({ local, v6Only }) => `${local.slice(0, local.lastIndexOf(':'))} ${v6Only}`)
    .sort();
}

/** The body of the answer, or the code of the error. */
function ask(host, port, path = '/') {
  return new Promise((resolve) => {
    // Not before it is called: tracing agents replace what is in it, and some are loaded late.
    const request = require('node:http').get({ host, port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    request.on('error', ({ code }) => resolve(code));
  });
}

module.exports = { HOSTS, ask, rows };
