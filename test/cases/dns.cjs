/**
 * In the shape of dns2: UDP and TCP on one port, over both families. An answer that is cut short over UDP is asked for
 * again over TCP (RFC 1035, 4.2). A port that is free for TCP may be taken for UDP: then another one is tried.
 */
const net = require('node:net');
const { ready } = require('./ready.cjs');
const { bindUdp, listen } = require(process.env.V6ONLY_PACKAGE ?? 'v6only');

const HEADER = 12;
const TXT = [0xc0, HEADER, 0, 16, 0, 1, 0, 0, 0, 0];

/** A TXT record with `text` for the one question of `query`; only its header, marked as cut short, without. */
function answer(query, text) {
  const question = query.subarray(HEADER, query.indexOf(0, HEADER) + 5);
  const flags = text === undefined ? 0x8380 : 0x8180;
  const header = Buffer.from([
    ...query.subarray(0, 2),
    flags >> 8,
    flags & 255,
    0,
    1,
    0,
    text ? 1 : 0,
    0,
    0,
    0,
    0,
  ]);
  if (text === undefined) return Buffer.concat([header, question]);
  const record = [...TXT, 0, text.length + 1, text.length, ...Buffer.from(text)];
  return Buffer.concat([header, question, Buffer.from(record)]);
}

function onConnection(socket) {
  socket
    .on('error', () => {})
    .once('data', (query) => {
      const reply = answer(query.subarray(2), `tcp ${socket.remoteAddress}`);
      socket.end(Buffer.from([reply.length >> 8, reply.length & 255, ...reply]));
    });
}

function onDatagram(query, { address, port }, socket) {
  const long = query.subarray(HEADER).toString('latin1').startsWith('\x04long');
  socket.send(answer(query, long ? undefined : `udp ${address}`), port, address);
}

async function start() {
  const tcp = await listen(net.createServer(onConnection), { port: 0 });
  try {
    return [tcp, await bindUdp({ port: tcp.port }, onDatagram)];
  } catch (error) {
    await tcp.close();
    if (error.code !== 'EADDRINUSE') throw error;
    return start();
  }
}

start().then(([tcp, udp]) => {
  const { port, sockets, missing } = tcp;
  ready({ port, sockets, missing: missing.map(({ address }) => address) }, () =>
    Promise.all([tcp.close(), udp.close()]),
  );
});
