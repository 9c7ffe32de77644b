/** Each row of `setStack`, with each stack. */
const net = require('node:net');
const { answer, record, trial, v6only } = require('./contract-trial.cjs');

const FORMS = {
  '(0)': [0],
  "(0, '')": [0, ''],
  "(0, '::')": [0, '::'],
  '({ port }), frozen': [Object.freeze({ port: 0 })],
  "({ port, host: '::' }), frozen": [Object.freeze({ port: 0, host: '::' })],
  "(0, '::1')": [0, '::1'],
  "(0, '127.0.0.1')": [0, '127.0.0.1'],
  "(0, 'localhost')": [0, 'localhost'],
  '({ port, ipv6Only: true })': [{ port: 0, ipv6Only: true }],
  '({ port, ipv6Only: false })': [{ port: 0, ipv6Only: false }],
};

const newServer = () => net.createServer((socket) => socket.destroy());
const count = (server) => answer(() => v6only.listeningSockets(server).length);

async function run() {
  for (const stack of ['split', 'ipv6', 'dual']) {
    for (const [form, args] of Object.entries(FORMS)) {
      let sockets;
      const server = v6only.setStack(newServer(), stack);
      server.on('listening', () => {
        sockets = count(server);
      });
      const result = await trial(server, (one) => one.listen(...args));
      record(`${stack} ${form}`, sockets > 1 ? `${result}, ${sockets} sockets` : result);
    }
  }
  const back = v6only.setStack(v6only.setStack(newServer(), 'ipv6'), null);
  record('taken back', await trial(back, (one) => one.listen(0)));
  const late = newServer();
  record(
    'chosen during the look-up',
    await trial(late, (one) => v6only.setStack(one.listen(0, '::'), 'ipv6')),
  );
}

module.exports = { run };
