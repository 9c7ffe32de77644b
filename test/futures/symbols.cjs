/** Symbols of Node's own, no longer listed by anything that lists symbols. */
const net = require('node:net');
const { replaceMethod } = require('./hidden.cjs');

// As it is before it is replaced.
const { getOwnPropertySymbols } = Object;

const DESCRIPTIONS = new Set([
  'owner_symbol',
  'state symbol',
  'async_id_symbol',
  'trigger_async_id_symbol',
  'kHandle',
  'handle',
]);

/** Those of any new server, and those that only other objects have. */
function hideSymbols() {
  const ofServers = new Set(getOwnPropertySymbols(net.createServer()));
  const isNodes = (key) =>
    typeof key === 'symbol' &&
    (ofServers.has(key) || (DESCRIPTIONS.has(key.description) && Symbol.keyFor(key) === undefined));
  const without = (list) => (object) => list(object).filter((key) => !isNodes(key));
  replaceMethod(Object, 'getOwnPropertySymbols', without);
  replaceMethod(Reflect, 'ownKeys', without);
  replaceMethod(Object, 'getOwnPropertyDescriptors', (list) => (object) => {
    const all = list(object);
    for (const key of getOwnPropertySymbols(all)) if (isNodes(key)) delete all[key];
    return all;
  });
}

module.exports = { hideSymbols };
