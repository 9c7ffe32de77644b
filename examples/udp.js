// UDP on both families and one port: one callback, and each answer is sent from the socket that received the request.
//   node examples/udp.js 5353
const { bindUdp } = require('v6only');

const port = Number(process.argv[2] ?? process.env.PORT ?? 0);
bindUdp({ port }, (message, peer, socket) => {
  socket.send(`${message} from ${peer.address}`, peer.port, peer.address);
}).then((binding) => {
  process.once('SIGTERM', () => binding.close());
  console.log(binding.port);
});
