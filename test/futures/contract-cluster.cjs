/**
 * A cluster whose first workers use the package and whose last one is stock. The primary says who listens, where and in
 * which order. `node contract.cjs cluster`, with NODE_CLUSTER_SCHED_POLICY.
 */
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { answer, closed, nameOf, record, untilQuiet, watch } = require('./contract-trial.cjs');

/** The package is required by the workers that use it, and by no other. */
const packageOf = () => require('./contract-trial.cjs').v6only;

const WILDCARDS = { 'no host': {}, '::': { host: '::' } };

/** Who listens in turn, and with what; each name is a worker. `stack` is listen()'s; `value` is setV6Only's. */
const SCENES = {
  'false, then stock': [['a', { value: false }], ['stock']],
  'stock, then false': [['stock'], ['a', { value: false }]],
  'stock, then true': [['stock'], ['a', { value: true }]],
  'true, then true': [
    ['a', { value: true }],
    ['b', { value: true }],
  ],
  'true, then false': [
    ['a', { value: true }],
    ['b', { value: false }],
  ],
  'false, then true, exclusive': [
    ['a', { value: false }],
    ['b', { value: true, port: 0, exclusive: true }],
  ],
};

const ELSEWHERE = {
  '::1, then stock': [
    ['a', { value: true, host: '::1' }],
    ['stock', { host: '::1' }],
  ],
  IPv4: [['a', { value: false, host: '127.0.0.1' }]],
  mapped: [['a', { value: true, host: '::ffff:127.0.0.1' }]],
  '{ fd }': [['a', { value: true, fd: 0, port: undefined }]],
  'split, then split': [
    ['a', { stack: 'split' }],
    ['b', { stack: 'split' }],
  ],
  'ipv6, then ipv6': [
    ['a', { stack: 'ipv6' }],
    ['b', { stack: 'ipv6' }],
  ],
  'dual, then stock': [['a', { stack: 'dual' }], ['stock']],
};

async function freePort() {
  const server = net.createServer().listen(0);
  const { port } = server.address();
  await closed(server);
  return port;
}

function tell(worker, order) {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.send(order);
  });
}

async function scene(name, workers, steps, where) {
  const port = await freePort();
  const said = [];
  for (const [who, what] of steps) {
    said.push(`${who}: ${await tell(workers[who], { do: 'listen', options: { port, ...where, ...what } })}`);
  }
  for (const [who] of steps) await tell(workers[who], { do: 'close' });
  record(name, said.join('; '));
}

async function run() {
  if (cluster.isWorker) return;
  const workers = { a: cluster.fork(), b: cluster.fork(), stock: cluster.fork() };
  for (const worker of Object.values(workers)) {
    // Its answer would be waited for without end.
    worker.once('exit', (status) => status === 0 || process.exit(1));
  }
  await Promise.all(Object.values(workers).map((worker) => once(worker, 'online')));
  for (const [place, where] of Object.entries(WILDCARDS)) {
    for (const [name, steps] of Object.entries(SCENES))
      await scene(`${place}: ${name}`, workers, steps, where);
  }
  for (const [name, steps] of Object.entries(ELSEWHERE)) await scene(name, workers, steps, {});
  for (const worker of Object.values(workers)) {
    record('warnings of a worker', await tell(worker, { do: 'end' }));
    worker.disconnect();
  }
}

let server;

async function listenInWorker({ value, stack, ...options }) {
  server ??= net.createServer((socket) => socket.destroy());
  const { events, errors, stop } = watch(server);
  const end = () => {
    stop();
    return ['', ...events].join(' ');
  };
  if (stack !== undefined) {
    const listening = await packageOf()
      .listen(server, { ...options, stack })
      .catch((error) => error);
    if (listening instanceof Error) return `rejects ${nameOf(listening)}${end()}`;
    return `${listening.sockets.map(({ address, v6Only }) => `[${address}] ${v6Only}`).join(' ')}${end()}`;
  }
  if (value !== undefined) packageOf().setV6Only(server, value);
  server.listen(options);
  await untilQuiet(events);
  if (errors.length > 0) return `${nameOf(errors[0])}${end()}${server.listening ? ', it listens' : ''}`;
  const v6Only = value === undefined ? '' : ` ${answer(() => packageOf().getV6Only(server))}`;
  return `[${server.address().address}]${v6Only}${end()}`;
}

if (cluster.isWorker) {
  const warnings = [];
  process.on('warning', ({ name, code, message }) => warnings.push(`${name} ${code ?? message}`));
  process.on('message', async (order) => {
    if (order.do === 'listen') return process.send(await listenInWorker(order.options));
    if (order.do === 'end') return process.send(warnings.join(', ') || 'none');
    if (server?.listening) await closed(server);
    server = undefined;
    process.send('closed');
  });
}

module.exports = { run };
