/** A child of sockopt.mjs, in a Node that has node:ffi: ns a getsockopt of IPV6_V6ONLY through it. */
import { once } from 'node:events';
import ffi from 'node:ffi';
import net from 'node:net';
import { timeSync } from './rounds.mjs';

const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, process.platform === 'linux' ? 26 : 27];

const { functions } = ffi.dlopen(null, {
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' },
});
const value = Buffer.alloc(4);
const length = Buffer.alloc(4);
length.writeInt32LE(4);
const [valuePointer, lengthPointer] = [ffi.getRawPointer(value), ffi.getRawPointer(length)];

const server = net.createServer().listen({ port: 0, host: '::', ipv6Only: true });
await once(server, 'listening');
const { fd } = server._handle;
const get = () => functions.getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, valuePointer, lengthPointer);
if (get() !== 0 || value.readInt32LE() !== 1) throw new Error('getsockopt through node:ffi failed');
console.log(timeSync(get, Number(process.argv[2])));
server.close();
