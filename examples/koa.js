// koa on both families: context.ip is a plain address.
//   node examples/koa.js 8080
const http = require('node:http');
const Koa = require('koa');
const { listen } = require('v6only');

const app = new Koa();
app.use((context) => {
  context.body = `Hello ${context.ip}\n`;
});

const port = process.argv[2] ?? process.env.PORT ?? 0;
listen(http.createServer(app.callback()), { port }).then((listening) => console.log(listening.port));
