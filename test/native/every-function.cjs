// Calls every native function, with good and with wrong arguments, for tools/sanitize.mjs.
const net = require('node:net');
const addon = require('node-gyp-build')(require('node:path').join(__dirname, '../..'));

const [IPv4, IPv6, STREAM, DATAGRAM] = [4, 6, 1, 2];
const LISTEN = 1 << 10;
const WRONG = [undefined, null, true, '3', Number.NaN, 1.5, -1, 2 ** 31, 2 ** 32 + 3, {}, 3n, Symbol('fd')];

function everything(family, type) {
  const fd = addon.open(family, type);
  addon.setV6Only(fd, true);
  addon.setReuse(fd, 1);
  addon.bind(fd, family === IPv6 ? '::1' : '127.0.0.1', 0);
  const seen = [addon.getV6Only(fd), addon.describe(fd), addon.setV6Only(fd, false)];
  seen.push(
    addon.bind(fd, 'fe80::1%none', 0),
    addon.bind(fd, 'x'.repeat(1000), 0),
    addon.bind(fd, '::', 65_536),
  );
  return [...seen, addon.close(fd), addon.close(fd)];
}

function wrong() {
  const names = Object.keys(addon).filter((name) => name !== 'close');
  const answers = names.flatMap((name) =>
    WRONG.flatMap((value) => [addon[name](value), addon[name](value, value, value)]),
  );
  return Promise.all([addon.close(), addon.close('3'), ...answers]);
}

async function lists() {
  const listed = [
    addon.listSockets(0xffffffff, 0, 0),
    addon.listSockets(LISTEN, 1, 6),
    addon.listProcesses(0),
  ];
  return [
    addon.listListeners(STREAM, 1),
    addon.listListeners(DATAGRAM, 1),
    ...(await Promise.all(listed)),
    await addon.listProcesses(process.pid),
  ];
}

function handles() {
  const servers = [1, 2, 3].map(() => net.createServer().listen(0));
  servers[0].unref();
  const found = servers.map((server) => addon.findDescriptor(server, server.ref, server.unref));
  found.push(addon.findDescriptor({}, JSON.parse, JSON.parse));
  for (const server of servers) server.close();
  return found;
}

async function main() {
  for (const family of [IPv4, IPv6]) for (const type of [STREAM, DATAGRAM]) everything(family, type);
  for (const name of ['net.ipv6.bindv6only', 'no.such', 'x'.repeat(100), '']) addon.readSysctl(name);
  addon.hasAddress(IPv4);
  addon.hasAddress(IPv6);
  handles();
  await wrong();
  await lists();
  console.log('every function was called');
}

main();
