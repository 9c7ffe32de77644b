/** `npm run bench`: ours, a C loop of the same system calls, and what a user would pick instead, in one run. */
import { release } from 'node:os';
import { benchAddresses } from './addresses.mjs';
import { benchLoad } from './load.mjs';
import { ROUNDS } from './rounds.mjs';
import { benchServers } from './servers.mjs';
import { benchSockets } from './sockets.mjs';
import { benchSockopt } from './sockopt.mjs';

console.log(
  `Node ${process.version} on ${process.platform} ${release()} ${process.arch}; medians of ${ROUNDS} interleaved rounds`,
);
await benchSockopt();
await benchServers();
await benchAddresses();
await benchLoad();
await benchSockets();
