// express on both families: req.ip, access lists and 'trust proxy' see plain IPv4 addresses. The http.Server is created
// here, because app.listen() would create one that listens before anything can be chosen.
//   node examples/express.js 8080
const http = require('node:http');
const express = require('express');
const { setStack } = require('v6only');

const app = express();
app.set('trust proxy', '127.0.0.1');
app.get('/', (request, response) => response.send(`Hello ${request.ip}\n`));

const port = process.argv[2] ?? process.env.PORT ?? 0;
const server = setStack(http.createServer(app), 'split');
server.listen(port, () => console.log(server.address().port));

process.once('SIGTERM', () => server.close());
