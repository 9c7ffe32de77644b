// koa on both families: context.ip is a plain address.
//   node examples/koa.js 8080
const http = require('node:http');
const Koa = require('koa');
const { setStack } = require('v6only');

const app = new Koa();
app.use((context) => {
  context.body = `Hello ${context.ip}\n`;
});

const port = process.argv[2] ?? process.env.PORT ?? 0;
const server = setStack(http.createServer(app.callback()), 'split');
server.listen(port, () => console.log(server.address().port));

process.once('SIGTERM', () => server.close());
