/** A child of sockets.mjs: opens listeners and connections to itself, on loopback, and holds them until it is killed. */
import { once } from 'node:events';
import net from 'node:net';

const [listeners = 0, connections = 0, number = 0] = process.argv.slice(2).map(Number);
/** Two IPv4 addresses of this child's own, because one address has fewer ports than are needed. */
const ADDRESSES = ['::1', `127.0.0.${2 + 2 * number}`, `127.0.0.${3 + 2 * number}`];

/** What nobody refers to may be collected, and is closed then. */
const kept = [];

async function listen(host) {
  const server = net.createServer((socket) => kept.push(socket));
  kept.push(server);
  await once(server.listen({ port: 0, host }), 'listening');
  return server;
}

async function connect({ address, port }) {
  const socket = net.connect(port, address);
  kept.push(socket);
  await once(socket, 'connect');
}

for (let i = 0; i < listeners; i++) await listen(ADDRESSES[i % ADDRESSES.length]);
for (const host of connections > 0 ? ADDRESSES : []) {
  const server = await listen(host);
  for (let i = 0; i < connections / ADDRESSES.length; i++) await connect(server.address());
}
// Not left behind by a run that was ended.
process.on('disconnect', () => process.exit());
process.send?.('open');
