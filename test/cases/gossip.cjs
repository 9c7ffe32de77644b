/**
 * In the shape of discv5: a node keeps addresses of its peers as text, of either family, and sends to each through the
 * socket that fits. By hand there are two sockets, and a choice before each send.
 */
const { ready } = require('./ready.cjs');
const { bindUdp, getV6Only } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const peers = new Map();

function describe(socket) {
  const { address, family, port } = socket.address();
  return { family, address, port, v6Only: family === 'IPv6' ? getV6Only(socket) : null };
}

async function main() {
  const node = await bindUdp({ port: 0 }, (_ping, { address, port }) => {
    peers.set(`${address} ${port}`, { address, port });
    tellAll(node);
  });
  const { port, sockets, missing, close } = node;
  ready({ port, sockets: sockets.map(describe), missing: missing.map(({ address }) => address) }, close);
}

function tellAll(node) {
  for (const { address, port } of peers.values()) node.send(address, port, address).catch(() => {});
}

main();
