/** Prints whether a cluster worker finds the function by which it asks its primary. */
const cluster = require('node:cluster');

if (cluster.isPrimary) cluster.fork().on('message', (type) => process.stdout.write(type));
else process.send(typeof cluster._getServer, () => process.disconnect());
