/** `npm run bench`: ours, a C loop of the same system calls, and what a user would pick instead, in one run. */
import { benchAddresses } from './addresses.mjs';
import { benchLoad } from './load.mjs';
import { writeResults } from './results.mjs';
import { benchServers } from './servers.mjs';
import { benchSizes } from './sizes.mjs';
import { benchSockets } from './sockets.mjs';
import { benchSockopt } from './sockopt.mjs';

await benchSockopt();
await benchServers();
await benchAddresses();
await benchLoad();
await benchSockets();
benchSizes();
writeResults();
