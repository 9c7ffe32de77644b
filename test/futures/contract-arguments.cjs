/** The user's own arguments stay the user's own; errors, signals and order are Node's. */
const net = require('node:net');
const { once } = require('node:events');
const { closed, record, trial, untilQuiet, v6only, watch } = require('./contract-trial.cjs');

/** All that a program can see of an object. */
const lookAt = (object) =>
  JSON.stringify([Object.getOwnPropertyDescriptors(object), Object.isFrozen(object)]);

class Inheriting {
  get port() {
    return 0;
  }
}

const OPTIONS = {
  plain: () => ({ port: 0 }),
  'with a host': () => ({ port: 0, host: '::' }),
  frozen: () => Object.freeze({ port: 0 }),
  'frozen, with a host': () => Object.freeze({ port: 0, host: '::', ipv6Only: true }),
  sealed: () => Object.seal({ port: 0, ipv6Only: true }),
  'without prototype': () => Object.assign(Object.create(null), { port: 0 }),
  inheriting: () => new Inheriting(),
  'with a handle': () => ({ handle: undefined, port: 0 }),
};

class Subclass extends net.Server {
  seen;

  listen(...args) {
    this.seen = args;
    return super.listen(...args);
  }
}

function wrapped() {
  const server = new Subclass();
  const { listen } = server;
  server.listen = (...args) => {
    server.seen = args;
    return Reflect.apply(listen, server, args);
  };
  return server;
}

const WAYS = {
  subclass: [() => new Subclass(), (server, options) => server.listen(options)],
  wrapper: [wrapped, (server, options) => server.listen(options)],
  prototype: [() => new net.Server(), (server, options) => net.Server.prototype.listen.call(server, options)],
};

async function seenArguments(name, make, call, options) {
  const before = lookAt(options);
  const wrong = [];
  const check = (when) => {
    if (lookAt(options) !== before) wrong.push(`; options changed ${when}`);
  };
  const server = v6only.setV6Only(make());
  let returned;
  const result = await trial(server, () => {
    returned = call(server, options);
    // The listen of `leftovers` comes later.
    if (server.seen !== undefined && server.seen[0] !== options) wrong.push('; other options seen');
    check('at once');
  });
  if (returned !== server) wrong.push('; something else returned');
  check('at the end');
  record(name, result + wrong.join(''));
}

/** Events, what is thrown and the fields of the error, without what the package adds. */
async function happens(server, start) {
  const { events, errors, stop } = watch(server);
  let thrown = null;
  try {
    start(server, (name) => events.push(name));
  } catch ({ code, name }) {
    thrown = code ?? name;
  }
  events.push(`${server.listening}`);
  process.nextTick(() => events.push('tick'));
  await untilQuiet(events);
  stop();
  const fields = errors.map(({ reason, message, ...rest }) => rest);
  const listens = server.listening ? server.address().address : null;
  if (listens !== null) await closed(server);
  return JSON.stringify({ thrown, events, fields, listens });
}

/** The same on a stock server; equal or both. */
async function asStock(name, start) {
  const stock = await happens(new net.Server(), start);
  const ours = await happens(v6only.setV6Only(new net.Server(), false), start);
  record(name, ours === stock ? 'as stock' : `${ours}, stock: ${stock}`);
}

async function inUse() {
  const held = net.createServer().listen(0, '::');
  await once(held, 'listening');
  const { port } = held.address();
  for (const [name, options] of Object.entries({
    'no host': { port },
    '::': { port, host: '::' },
    '::1': { port, host: '::1' },
    'not here': { port: 0, host: '2001:db8::1' },
  })) {
    await asStock(`error fields, ${name}`, (server) => server.listen(options));
    const choose = (value) =>
      trial(v6only.setV6Only(new net.Server(), value), (server) => server.listen(options));
    record(`error, ${name}`, await choose(true));
  }
  await closed(held);
}

function aborted(server, options, later) {
  const controller = new AbortController();
  if (!later) controller.abort();
  server.listen({ ...options, signal: controller.signal });
  if (later) setTimeout(() => controller.abort(), 15);
}

const STEPS = {
  'callback, no host': (server, note) => server.listen(0, () => note('callback')),
  'callback, host': (server, note) => server.listen(0, '::', () => note('callback')),
  'close at once': (server) => server.listen(0).close(),
  'close while pending': (server, note) => server.listen(0, '::').close(({ code }) => note(code)),
  'signal aborted before': (server) => aborted(server, { port: 0 }, false),
  'signal aborted before, host': (server) => aborted(server, { port: 0, host: '::1' }, false),
  'signal aborted later': (server) => aborted(server, { port: 0, host: '::1' }, true),
  'no signal': (server) => server.listen({ port: 0, signal: 'no' }),
  'bad port': (server) => server.listen({ port: 65536 }),
  'bad options': (server) => server.listen({}),
  'second listen, no host': (server) => server.listen(0).listen(0),
  'second listen, host': (server) => server.listen(0, '::').listen(0, '::1'),
  'close and listen': (server) => server.listen(0, '::').close().listen(0, '::1'),
  'close and listen, no host': (server) => server.listen(0, '::').close().listen(0),
};

async function run() {
  for (const [way, [make, call]] of Object.entries(WAYS)) {
    for (const [kind, options] of Object.entries(OPTIONS)) {
      await seenArguments(`${way}, options ${kind}`, make, call, options());
    }
  }
  await inUse();
  for (const [name, start] of Object.entries(STEPS)) await asStock(name, start);
}

module.exports = { run };
