/**
 * Makes this Node behave as a later one, in which names that are private today have gone:
 *
 *     V6ONLY_FUTURE=28,pending node --require ./test/futures/future.cjs app.js
 *
 * Clusters take it through NODE_OPTIONS. V6ONLY_FUTURE is a list, `28` where it is not set:
 *
 * - `27`: `_listen2` warns where it is called from outside (DEP0208), and Node still calls whoever overrides it. With
 *   --throw-deprecation that warning is fatal.
 * - `28`: `_listen2` has gone. Others read undefined, and no override is called, wherever and whenever it was put.
 * - `pending`: a second `listen()` throws ERR_SERVER_ALREADY_LISTEN while the first is under way.
 * - `createServerHandle`, `getServer`: `net._createServerHandle` and `cluster._getServer` have gone.
 * - `symbols`: the symbols that Node's own code puts on its objects are not listed.
 * - `handleWrite`: `server._handle` cannot be replaced from outside. `handle`: it cannot be read either.
 * - `listeningId`, `connectionKey`: `server._listeningId` and its like, and `server._connectionKey`, have gone.
 * - `all`: everything but `27`, `pending` and `handle`.
 *
 * "Outside" is every file but those of Node's own library. Not simulated, because Node defines them as accessors that
 * cannot be replaced: `_handle` of net.Socket and dgram.Socket, and `owner` of a TCP handle. One more frame for `listen`
 * shows in stack traces.
 */
const cluster = require('node:cluster');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');
const { hideProperty, hideServerField } = require('./hidden.cjs');
const { deprecateAlias, removeAlias } = require('./listen-alias.cjs');
const { refuseSecondListen } = require('./pending-listen.cjs');
const { hideSymbols } = require('./symbols.cjs');

const COUNTERS = ['_listeningId', '_connections', '_unref', '_workers', '_usingWorkers', '_pipeName'];
const isNetOrDgram = (file) => file === 'node:net' || file === 'node:dgram';

const SWITCHES = {
  27: deprecateAlias,
  28: removeAlias,
  // Around the two above: a refused listen must not have begun.
  pending: refuseSecondListen,
  createServerHandle: () =>
    hideProperty(net, '_createServerHandle', (file) => file === 'node:internal/cluster/shared_handle'),
  getServer() {
    if (cluster.isWorker) hideProperty(cluster, '_getServer', isNetOrDgram);
  },
  handleWrite: () => hideServerField('_handle', { readable: true }),
  handle: () => hideServerField('_handle', { readable: false }),
  listeningId() {
    for (const name of COUNTERS) hideServerField(name, { readable: false });
  },
  connectionKey: () => hideServerField('_connectionKey', { readable: false }),
  symbols: hideSymbols,
};

const ALL = [
  '28',
  'createServerHandle',
  'getServer',
  'symbols',
  'handleWrite',
  'listeningId',
  'connectionKey',
];

/** The switches of a list such as `all,pending`. A Node has `_listen2` in one state, and `handle` covers `handleWrite`. */
function switchesOf(list) {
  const named = list.split(',').map((name) => name.trim());
  const wanted = new Set(named.flatMap((name) => (name === 'all' ? ALL : name === '' ? [] : [name])));
  for (const name of wanted) {
    if (!Object.hasOwn(SWITCHES, name)) {
      throw new Error(`V6ONLY_FUTURE: no switch ${name}; expected all, ${Object.keys(SWITCHES).join(', ')}`);
    }
  }
  if (wanted.has('27')) wanted.delete('28');
  if (wanted.has('handle')) wanted.delete('handleWrite');
  return wanted;
}

const wanted = switchesOf(process.env.V6ONLY_FUTURE || '28');
for (const [name, turnOn] of Object.entries(SWITCHES)) if (wanted.has(name)) turnOn();
syncBuiltinESMExports();
