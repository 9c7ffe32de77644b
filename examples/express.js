// express on both families: req.ip, access lists and 'trust proxy' see plain IPv4 addresses. The http.Server is made
// by hand, because app.listen() would make one that nobody can reach before it listens.
//   node examples/express.js 8080
const http = require('node:http');
const express = require('express');
const { listen } = require('v6only');

const app = express();
app.set('trust proxy', '127.0.0.1');
app.get('/', (request, response) => response.send(`Hello ${request.ip}\n`));

const port = process.argv[2] ?? process.env.PORT ?? 0;
listen(http.createServer(app), { port }).then((listening) => console.log(listening.port));
