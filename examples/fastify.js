// fastify on both families: after app.ready(), its own server listens. app.listen() would open 'localhost' alone.
//   node examples/fastify.js 8080
const fastify = require('fastify');
const { listen } = require('v6only');

async function main() {
  const app = fastify({ trustProxy: '127.0.0.1' });
  app.get('/', async (request) => `Hello ${request.ip}\n`);
  await app.ready();
  const { port } = await listen(app.server, { port: process.argv[2] ?? process.env.PORT ?? 0 });
  console.log(port);
}

main();
