/**
 * In the shape of matter.js and of mDNS: udp4 and udp6 on one port, members of a group on one interface. The port is
 * shared with the system's own responder, which is what reuseAddr is for; it is not needed for the two families.
 *   node multicast.cjs INTERFACE
 */
const os = require('node:os');
const { ready } = require('./ready.cjs');
const { bindUdp, getV6Only } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const GROUPS = { IPv4: '239.255.0.1', IPv6: 'ff02::1:7' };
const name = process.argv[2];
const ipv4 = os.networkInterfaces()[name].find(({ family }) => family === 'IPv4').address;

function describe(socket) {
  const { address, family, port } = socket.address();
  return { family, address, port, v6Only: family === 'IPv6' ? getV6Only(socket) : null };
}

async function main() {
  const binding = await bindUdp({ port: 0, reuseAddr: true }, (_query, { address, port }, socket) => {
    socket.send(address, port, address);
  });
  for (const socket of binding.sockets) {
    const { family } = socket.address();
    socket.addMembership(GROUPS[family], family === 'IPv6' ? `::%${name}` : ipv4);
  }
  const { port, sockets, missing, close } = binding;
  ready({ port, sockets: sockets.map(describe), missing: missing.map(({ address }) => address) }, close);
}

main();
