/** How one listen goes, in few words: where the server ended, who gets in, and whatever is not as Node does it. */
const net = require('node:net');
const { join } = require('node:path');

const root = process.env.V6ONLY_PACKAGE ?? join(__dirname, '../..');
/** The package's own addon, for descriptors that Node cannot make. */
const native = () => require('node-gyp-build')(root);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const results = [];

/** What a call throws, as `code reason`; undefined where it does not. */
function thrownBy(step) {
  try {
    step();
    return undefined;
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf({ code, reason, message }) {
  return [code ?? message, reason].filter((word) => word !== undefined).join(' ');
}

/** What a question answers, or what it throws. */
function answer(question) {
  let value;
  const thrown = thrownBy(() => {
    value = question();
  });
  return thrown ?? value;
}

function record(name, result) {
  results.push(name);
  console.log(JSON.stringify({ name, result }));
}

function connects(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (value) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(2000, end(false));
  });
}

/** Found by clients, not by asking the package. */
async function served(port) {
  const [v6, v4] = await Promise.all(['::1', '127.0.0.1'].map((host) => connects(host, port)));
  return [v6 && 'IPv6', v4 && 'IPv4'].filter(Boolean).join('+') || 'nobody';
}

/** Notes the events of a server until it is quiet. */
function watch(server) {
  const events = [];
  const errors = [];
  const listeners = {
    listening: () => events.push('listening'),
    close: () => events.push('close'),
    error(error) {
      events.push('error');
      errors.push(error);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) server.on(name, listener);
  const stop = () => {
    for (const [name, listener] of Object.entries(listeners)) server.off(name, listener);
  };
  return { events, errors, stop };
}

async function untilQuiet(events, quietMs = 25) {
  for (let waited = 0; events.length === 0 && waited < 3000; waited += 5) await pause(5);
  for (let seen = -1; seen !== events.length; await pause(quietMs)) seen = events.length;
}

function closed(server) {
  return new Promise((resolve) => server.close(resolve));
}

/** Starts a listen and says how it ended. The server is closed again. */
async function trial(server, start) {
  const { events, errors, stop } = watch(server);
  const thrown = thrownBy(() => start(server));
  const atOnce = server.listening;
  if (thrown === undefined) await untilQuiet(events);
  else await pause(25);
  stop();
  if (thrown !== undefined) return `throws ${thrown}${await leftovers(server, events, [])}`;
  if (errors.length > 0) return `error ${nameOf(errors[0])}${await leftovers(server, events, ['error'])}`;
  if (!server.listening) return `nothing: ${events}`;
  return placed(server, events, atOnce);
}

/** After a failure: nothing listens, no other event was emitted, and the server can listen again. */
async function leftovers(server, events, expected) {
  const wrong = [];
  if (String(events) !== String(expected)) wrong.push(`events ${events}`);
  if (server.listening) wrong.push('it listens');
  if (server.listening) await closed(server);
  const { events: later, stop } = watch(server);
  server.listen(0, '::1');
  await untilQuiet(later);
  stop();
  if (String(later) !== 'listening') wrong.push(`then ${later}`);
  if (server.listening) await closed(server);
  return wrong.map((text) => `; ${text}`).join('');
}

async function placed(server, events, atOnce) {
  const { address, port } = server.address();
  const who = await served(port);
  const wrong = String(events) === 'listening' ? '' : `; events ${events}`;
  const v6Only = answer(() => require(root).getV6Only(server));
  await closed(server);
  return `[${address}] ${who}, ${atOnce ? 'at once' : 'later'}, ${v6Only}${wrong}`;
}

module.exports = {
  answer,
  closed,
  connects,
  nameOf,
  native,
  pause,
  record,
  served,
  thrownBy,
  trial,
  untilQuiet,
  /** Loaded when it is first used: there are programs here without the package. */
  get v6only() {
    return require(root);
  },
  watch,
};
