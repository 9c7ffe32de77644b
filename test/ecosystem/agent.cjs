/**
 * Servers of each way that an agent traces: `node agent.cjs AGENT ORDER WAY...`. ORDER says when the agent is started:
 * 'first'; 'last', after the package is loaded; or 'late', when there are servers that have their choice. 'within' is first,
 * and the servers begin to listen as a part of something that the agent records. Prints what the kernel has, what clients
 * were answered, and what the agent recorded.
 */
const { join } = require('node:path');
const { AGENTS } = require('./agents.cjs');

const [, , name, order, ...ways] = process.argv;

let agent;
const start = () => {
  agent ??= AGENTS[name]();
};
if (order === 'first' || order === 'within') start();
const packageRoot = process.env.V6ONLY_PACKAGE ?? join(__dirname, '../..');
const v6only = require(packageRoot);
if (ways.includes('register')) require(join(packageRoot, 'dist/register.js'));
if (order === 'last') start();
/** As a program does; an agent sees it, and changes them then. */
function loadModules() {
  require('node:net');
  return require('node:http');
}
const http = loadModules();
const { HOSTS, ask, rows } = require('./served.cjs');
const { WAYS } = require('./ways.cjs');

function make(way) {
  const server = http.createServer(({ socket }, response) =>
    response.end(`${socket.remoteAddress} ${agent.active()}`),
  );
  if (way === 'setStack') v6only.setStack(server, 'split');
  if (way === 'setV6Only') v6only.setV6Only(server);
  return { way, server };
}

async function use({ way, server }) {
  let closes = 0;
  server.on('close', () => closes++);
  const listen = async () => WAYS[way](server);
  await (order === 'within' ? agent.within(listen) : listen());
  const { port } = server.address();
  const sockets = rows(port);
  const answers = [];
  for (const host of HOSTS) answers.push(await ask(host, port, `/${way}/${host}`));
  const got = way === 'stock' ? null : v6only.getV6Only(server);
  await new Promise((closed) => server.close(closed));
  return { sockets, answers, got, closes, left: rows(port) };
}

async function main() {
  const servers = ways.map(make);
  if (order === 'late') {
    start();
    loadModules();
  }
  const seen = {};
  for (const one of servers) seen[one.way] = await use(one);
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(JSON.stringify({ seen, spans: await agent.spans() }));
  process.exit();
}

main();
