/** What getV6Only and describeSocket say of stock sockets and of the package's; several sockets; datagrams. */
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const { answer, closed, nameOf, record, served, trial, v6only } = require('./contract-trial.cjs');

const { bindUdp, describeSocket, getV6Only, listen, setV6Only } = v6only;

function described(target) {
  return answer(() => {
    const { family, type, state, v6Only, accepts } = describeSocket(target);
    return `${family} ${type} ${state} ${v6Only} ${accepts.join('+')}`;
  });
}

const both = (target) => `${answer(() => getV6Only(target))}; ${described(target)}`;

async function servers() {
  const server = net.createServer();
  record(
    'server, not listening',
    answer(() => getV6Only(server)),
  );
  record(
    'server, remembered',
    answer(() => getV6Only(setV6Only(net.createServer(), true))),
  );
  for (const options of [
    { port: 0 },
    { port: 0, host: '::', ipv6Only: true },
    { port: 0, host: '127.0.0.1' },
  ]) {
    server.listen(options);
    if (!server.listening) await once(server, 'listening');
    record(`stock server ${JSON.stringify(options)}`, both(server));
    await closed(server);
  }
  record(
    'server, closed',
    answer(() => getV6Only(server)),
  );
}

async function connections() {
  const server = setV6Only(net.createServer(), false).listen(0);
  for (const host of ['::1', '127.0.0.1']) {
    const client = net.connect(server.address().port, host);
    const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    record(`accepted from ${host}`, both(accepted));
    record(`connected to ${host}`, described(client));
    const ended = once(accepted, 'close');
    client.destroy();
    accepted.destroy();
    await ended;
  }
  await closed(server);
}

async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    return `rejects ${nameOf(error)}`;
  }
}

async function several(stack) {
  const server = net.createServer((socket) => socket.destroy());
  const result = await attempt(async () => {
    const { port, sockets, close } = await listen(server, { port: 0, stack });
    const kernel = sockets.map(({ address, v6Only }) => `[${address}] ${v6Only}`).join(' ');
    const second = await attempt(() => listen(server, { port: 0, stack }));
    const text = `${kernel}; ${await served(port)}; ${both(server)}; again ${second}`;
    await close();
    return text;
  });
  record(`listen ${stack}`, result);
  record(`listen ${stack}, then plain`, await trial(server, () => server.listen(0)));
}

async function severalFail() {
  const held = net.createServer().listen(0, '127.0.0.1');
  await once(held, 'listening');
  const { port } = held.address();
  const server = net.createServer((socket) => socket.destroy());
  const hears = [];
  for (const event of ['error', 'listening', 'close']) server.on(event, () => hears.push(event));
  record('listen split, port taken', await attempt(() => listen(server, { port, host: '0.0.0.0' })));
  record('listen split, no event', hears.join() || 'none');
  const chosen = setV6Only(net.createServer(), true);
  record(
    'listen dual after setV6Only(true)',
    await attempt(() => listen(chosen, { port: 0, stack: 'dual' })),
  );
  const controller = new AbortController();
  const promise = attempt(() => listen(server, { port: 0, signal: controller.signal }));
  controller.abort();
  record('listen, aborted', await promise);
  record('listen, aborted, then plain', await trial(server, () => server.listen(0)));
  await closed(held);
}

async function datagrams() {
  record(
    'udp6, unbound',
    answer(() => getV6Only(dgram.createSocket('udp6').unref())),
  );
  for (const value of [true, false]) {
    const socket = dgram.createSocket('udp6');
    setV6Only(socket, value);
    record(`udp6 ${value}, remembered`, both(socket).split(';')[0]);
    socket.bind(0);
    const [error] = await Promise.race([once(socket, 'listening'), once(socket, 'error')]).catch((e) => [e]);
    record(`udp6 ${value}, bound`, error === undefined ? both(socket) : nameOf(error));
    socket.close();
  }
  for (const stack of ['split', 'ipv6', 'dual']) {
    const result = await attempt(async () => {
      const { sockets, close } = await bindUdp({ port: 0, stack });
      const text = sockets.map(both).join(' and ');
      await close();
      return text;
    });
    record(`bindUdp ${stack}`, result);
  }
}

async function run() {
  await servers();
  await connections();
  for (const stack of ['split', 'ipv6', 'dual', 'system']) await several(stack);
  await severalFail();
  await datagrams();
}

module.exports = { run };
