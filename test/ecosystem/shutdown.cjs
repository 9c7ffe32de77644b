/**
 * A server that a package shuts down, as the package's README shows it: `node shutdown.cjs PACKAGE WAY SCHEME`. Told 'stop',
 * it says what is left, and ends when its parent disconnects, if nothing holds it.
 */
const http = require('node:http');
const https = require('node:https');
const { once } = require('node:events');
const { promisify } = require('node:util');
const { ownSockets } = require('../harness/own-sockets.cjs');
const { WAYS } = require('./ways.cjs');

const [, , name, way, scheme] = process.argv;
const GRACE_MS = 400;
/** How long a request takes that was under way: less than the grace. */
const SLOW_MS = 100;

const signal = async () => process.kill(process.pid, 'SIGTERM');

/** Each installs a package on a server and gives the function that begins to shut it down. */
const PACKAGES = {
  'http-terminator'(server, done) {
    const { createHttpTerminator } = require('http-terminator');
    const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: GRACE_MS });
    return () => terminator.terminate().then(done);
  },
  stoppable(server, done) {
    require('stoppable')(server, GRACE_MS);
    return () => server.stop(done);
  },
  'server-destroy'(server, done) {
    require('server-destroy')(server);
    return () => server.destroy(done);
  },
  'http-graceful-shutdown'(server, done) {
    const shutdown = require('http-graceful-shutdown')(server, { timeout: GRACE_MS, forceExit: false });
    return () => shutdown().then(done);
  },
  '@godaddy/terminus'(server, onShutdown) {
    const { createTerminus } = require('@godaddy/terminus');
    createTerminus(server, { signal: 'SIGTERM', timeout: GRACE_MS, useExit0: true, onShutdown });
    return signal;
  },
  'close-with-grace'(server, done) {
    require('close-with-grace')({ delay: 10_000 }, async () => {
      const closed = promisify(server.close).call(server);
      setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      await done();
    });
    return signal;
  },
};

const begun = once(process, 'message');
const connections = [];
let endedAtOnce;

/** How many connections the package has ended by now, of IPv6 and of IPv4 clients. */
function ended() {
  const gone = connections.filter(({ socket }) => socket.destroyed || socket.writableEnded);
  return [gone.filter(({ ipv6 }) => ipv6).length, gone.filter(({ ipv6 }) => !ipv6).length];
}

async function answer({ url, socket }, response) {
  if (url === '/slow') {
    process.send('asked slowly');
    await begun;
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    endedAtOnce ??= ended();
  }
  response.end(socket.remoteAddress);
}

async function main() {
  const before = ownSockets();
  const { [scheme]: module } = { http, https };
  const server = module.createServer(JSON.parse(process.env.CERTIFICATE ?? '{}'), answer);
  server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket) =>
    connections.push({ socket, ipv6: socket.remoteAddress === '::1' }),
  );
  let closes = 0;
  server.on('close', () => closes++);
  const done = async () => {
    // What was closed last is gone in the next turns.
    for (let turns = 0; turns < 100 && ownSockets() > before; turns++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const left = { endedAtOnce, closes, listening: server.listening, sockets: ownSockets() - before };
    await new Promise((sent) => process.send(left, sent));
  };
  // It is called on a server that listens, in its README.
  if (name === 'server-destroy') await WAYS[way](server);
  const stop = PACKAGES[name](server, done);
  if (name !== 'server-destroy') await WAYS[way](server);
  process.send({ port: server.address().port });
  await begun;
  await stop();
}

main();
