/**
 * In the shape of a container with a health check: `v6only check` asks the kernel who listens, connects to nothing, and
 * needs no curl in the image. `--expect split` is for where both families must be there, `plain` for where filters must see
 * plain IPv4 addresses, `localhost:PORT` for a client that takes either loopback address.
 */
const { execFile } = require('node:child_process');
const http = require('node:http');
const { dirname, join } = require('node:path');
const { ready } = require('./ready.cjs');

const root = process.env.V6ONLY_PACKAGE ?? 'v6only';
const { listen } = require(root);
const command = join(dirname(require.resolve(`${root}/package.json`)), 'dist/bin.js');

/** Its exit status. */
function check(...args) {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, 'check', ...args]);
    child.once('close', (status) => resolve(status));
  });
}

async function main() {
  const server = http.createServer(({ socket }, response) => response.end(socket.remoteAddress));
  const { port, sockets, close } = await listen(server, { port: 0 });
  const healthy = {
    localhost: await check(`localhost:${port}`),
    plain: await check(String(port), '--expect', 'plain'),
    split: await check(String(port), '--expect', 'split'),
  };
  ready({ port, sockets, healthy }, close);
}

main();
