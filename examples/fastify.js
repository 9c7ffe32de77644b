// fastify on both families: it calls listen() on its own server, and setStack decides what that opens. Without a host
// fastify listens on localhost, which is then both loopback addresses.
//   node examples/fastify.js 8080
const fastify = require('fastify');
const { setStack } = require('v6only');

const app = fastify({ trustProxy: '127.0.0.1' });
app.get('/', async (request) => `Hello ${request.ip}\n`);

setStack(app.server, 'split');
app
  .listen({ port: Number(process.argv[2] ?? process.env.PORT ?? 0), host: '::' })
  .then(() => console.log(app.server.address().port));

process.once('SIGTERM', () => app.close());
