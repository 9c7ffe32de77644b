/**
 * Packages that answer requests without a network, beside servers that listen: `node mocks.cjs PACKAGE ORDER WAY...`. With
 * ORDER 'first' the package is loaded before v6only, with 'last' after. Prints what each request came to.
 */
const { join } = require('node:path');
const { HOSTS } = require('./served.cjs');

const NAMES = ['http://made.test/', 'http://other.test/'];
/** Hosts that may really be asked; nock writes `::1:80`, undici `[::1]:80`. */
const isLoopback = (host) => /^(\[?::1\]?|127\.0\.0\.1):/.test(host);

const text = async (response) => `${response.status} ${await response.text()}`;
const outcome = (promise) =>
  promise.catch((error) => error.code ?? error.cause?.code ?? error.cause?.name ?? error.name);

function get(url) {
  const { promise, resolve, reject } = withResolvers();
  require('node:http')
    .get(url, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(`${response.statusCode} ${body}`));
    })
    .on('error', reject);
  return promise;
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** Each gives ways to ask a URL, and takes itself away again. */
const PACKAGES = {
  nock() {
    const nock = require('nock');
    nock.disableNetConnect();
    nock.enableNetConnect(isLoopback);
    nock('http://made.test').persist().get('/').reply(200, 'made up');
    const ask = { get, fetch: (url) => fetch(url).then(text) };
    return { names: NAMES, ask, restore: () => nock.restore() };
  },
  undici() {
    const { getGlobalDispatcher, MockAgent, request, setGlobalDispatcher } = require('undici');
    const before = getGlobalDispatcher();
    const mock = new MockAgent();
    setGlobalDispatcher(mock);
    mock.disableNetConnect();
    mock.enableNetConnect(isLoopback);
    mock.get('http://made.test').intercept({ path: '/' }).reply(200, 'made up').persist();
    const asked = async (url) => {
      const { statusCode, body } = await request(url);
      return `${statusCode} ${await body.text()}`;
    };
    return {
      names: NAMES,
      ask: { fetch: (url) => fetch(url).then(text), request: asked },
      restore() {
        setGlobalDispatcher(before);
        return mock.close();
      },
    };
  },
  /** Makes requests that no socket has seen. */
  'light-my-request'() {
    const inject = require('light-my-request');
    const injected = async (url, server) => {
      const dispatch = (request, response) => server.emit('request', request, response);
      const { statusCode, payload } = await inject(dispatch, { url, remoteAddress: '192.0.2.7' });
      return `${statusCode} ${payload}`;
    };
    return { names: [], ask: { get, inject: injected }, restore() {} };
  },
};

const [, , name, order, ...ways] = process.argv;
const root = process.env.V6ONLY_PACKAGE ?? join(__dirname, '../..');
const load = () => require(join(root, ways.includes('register') ? 'dist/register.js' : 'dist/index.js'));

async function use(way, { names, ask }) {
  const { WAYS } = require('./ways.cjs');
  const server = require('node:http').createServer(({ socket }, response) =>
    response.end(socket.remoteAddress),
  );
  await WAYS[way](server);
  const { port } = server.address();
  const served = HOSTS.map((host) => `http://${host.includes(':') ? `[${host}]` : host}:${port}/`);
  const results = {};
  for (const [how, request] of Object.entries(ask)) {
    results[how] = [];
    for (const url of [...names, ...served]) results[how].push(await outcome(request(url, server)));
  }
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  return results;
}

async function main() {
  if (order === 'last') load();
  const mock = PACKAGES[name]();
  if (order === 'first') load();
  const seen = {};
  for (const way of ways) seen[way] = await use(way, mock);
  await mock.restore();
  console.log(JSON.stringify(seen));
}

main();
