/** How the programs of this folder listen: as ever, or in one of the package's ways. A way waits until it listens. */
const { once } = require('node:events');
const { join } = require('node:path');

const v6only = () => require(process.env.V6ONLY_PACKAGE ?? join(__dirname, '../..'));

async function listening(server) {
  await once(server.listen(0), 'listening');
}

const WAYS = {
  /** One dual-stack socket. The program does not load the package. */
  stock: listening,
  /** Of a program that is started with --require v6only/register and V6ONLY_STACK=split. */
  register: listening,
  setStack: (server) => listening(v6only().setStack(server, 'split')),
  listen: (server) => v6only().listen(server, { port: 0 }),
  setV6Only: (server) => listening(v6only().setV6Only(server)),
};

module.exports = { WAYS };
