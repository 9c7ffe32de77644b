/**
 * The seams between this package and Node: everything in Node that it relies on beyond plain function calls, for every
 * line of Node that has it. For readers and tests: nothing in src/ imports this file, so no program loads it.
 * test/repository/seams.test.ts compares it with the sources, with docs/how-it-works.md, which shows it, and with
 * the tests that remove private names.
 */

export interface Seam {
  readonly name: string;
  /** 'public': documented by Node. 'undocumented': not documented, but with an ordinary name and widely used on npm. */
  readonly kind: 'public' | 'undocumented' | 'private';
  /** The first version that has it in each line supported by package.json's `engines`. */
  readonly since: string;
  /** Where it is used, relative to src/. */
  readonly files: readonly string[];
  readonly purpose: string;
  readonly missing: string;
  /** If private: its name in the code, and the switch of test/futures/future.cjs that removes it. */
  readonly taken?: { readonly word: string; readonly by: string };
}

const EVERY = 'every supported line';
const CHANNELS = '20.19, 22.11, 23.0';
const NO_CHANNEL = '`unsupported-runtime`, found by trying, in the first call that needs it';

export const SEAMS: readonly Seam[] = [
  {
    name: 'channel `tracing:net.server.listen:asyncStart`',
    kind: 'public',
    since: CHANNELS,
    files: ['runtime/listens.ts'],
    purpose: 'hears each `listen`, whoever calls it, before Node reads its options',
    missing: NO_CHANNEL,
  },
  {
    name: 'channel `tracing:net.server.listen:asyncEnd`',
    kind: 'public',
    since: CHANNELS,
    files: ['runtime/listens.ts'],
    purpose: 'reads the option back when the socket is there, before `listen` returns',
    missing: "the server's own `emit` does it before `'listening'`",
  },
  {
    name: 'channel `tracing:net.server.listen:error`',
    kind: 'public',
    since: CHANNELS,
    files: ['runtime/listens.ts'],
    purpose: "learns of a failed listen in the call; tells tracers of the package's own errors",
    missing: "`'error'` tells it a tick later; tracers are told nothing",
  },
  {
    name: 'property `handle` on the options of one `listen`',
    kind: 'undocumented',
    since: EVERY,
    files: ['runtime/redirect.ts'],
    purpose: 'hands Node other options for this one call; gone when Node reads `ipv6Only`',
    missing: 'the socket that is there is closed and opened again, or the listen ends in `mismatch`',
  },
  {
    name: 'property `_handle` on the options of one `listen`',
    kind: 'private',
    since: EVERY,
    files: ['runtime/redirect.ts', 'runtime/given.ts'],
    purpose: 'the same for a socket or a server as the options, of which Node takes `_handle` first',
    missing: 'the public `handle` is used, as Node then does',
    taken: { word: '_handle', by: 'handle' },
  },
  {
    name: '`dns.lookup`, replaced until its next call',
    kind: 'public',
    since: EVERY,
    files: ['runtime/lookup.ts'],
    purpose:
      "answers Node's look-up of the host: at once for the wildcard, so that Node never goes on to 0.0.0.0",
    missing: 'Node looks the host up by itself; what comes of it is read back',
  },
  {
    name: '`emit`, own to a server or udp6 socket with a choice',
    kind: 'public',
    since: EVERY,
    files: ['runtime/emitter.ts'],
    purpose:
      "checks before `'listening'`, whatever became of the channel; completes `'error'`; waits for every socket",
    missing: '`ERR_INVALID_ARG_VALUE` for an object that is frozen',
  },
  {
    name: '`listen`, own to a server with a choice',
    kind: 'public',
    since: EVERY,
    files: ['runtime/redirect.ts'],
    purpose: 'throws for a contradicting `ipv6Only` in the call; changes no argument',
    missing: '`ERR_INVALID_ARG_VALUE` for an object that is frozen',
  },
  {
    name: '`close`, `ref`, `unref`, `getConnections`, own to a server with several sockets',
    kind: 'public',
    since: EVERY,
    files: ['listen/joined-methods.ts'],
    purpose: 'act for all its sockets',
    missing: '`ERR_INVALID_ARG_VALUE` for an object that is frozen',
  },
  {
    name: "`emit('connection', socket)` of a server",
    kind: 'public',
    since: EVERY,
    files: ['listen/admission.ts'],
    purpose: 'hands over the connections of a second `net.Server` underneath',
    missing: 'documented for http, https, http2 and tls; nothing takes its place',
  },
  {
    name: '`server` of an accepted connection',
    kind: 'undocumented',
    since: EVERY,
    files: ['listen/admission.ts'],
    purpose:
      'tells what Node accepted from what a program emits; on connections handed over it names the one server',
    missing: '`maxConnections` counts for each socket alone',
  },
  {
    name: '`allowHalfOpen`, `pauseOnConnect`, `noDelay`, `keepAlive`, `highWaterMark` of a server',
    kind: 'undocumented',
    since: EVERY,
    files: ['listen/second-server.ts'],
    purpose: 'what `createServer` was told holds for the second sockets too',
    missing: "connections of the second sockets have Node's defaults",
  },
  {
    name: '`server.address()`, `server.listening`',
    kind: 'public',
    since: EVERY,
    files: ['runtime/descriptors.ts', 'runtime/listens.ts', 'listen/second-sockets.ts'],
    purpose: 'say whether there is a socket, and where; the second sockets get its port',
    missing: 'nothing takes their place',
  },
  {
    name: '`_handle.fd` of servers and connections, only read',
    kind: 'private',
    since: EVERY,
    files: ['runtime/descriptors.ts'],
    purpose: 'the descriptor behind the object',
    missing: "libuv's own list of handles",
    taken: { word: '_handle', by: 'handle' },
  },
  {
    name: '`_handle` of an accepted connection, only read',
    kind: 'private',
    since: EVERY,
    files: ['runtime/descriptors.ts'],
    purpose: 'null tells one that `child.send` took from one that is open',
    missing: "those of the second sockets hold up 'close' and count for `maxConnections`",
    taken: { word: '_handle', by: 'handle' },
  },
  {
    name: '`_handle.hasRef()` of a server, only called',
    kind: 'private',
    since: EVERY,
    files: ['runtime/descriptors.ts'],
    purpose: 'an `unref()` before `listen` holds for the second sockets too',
    missing: 'they keep the process alive until `unref()` is called again',
    taken: { word: 'hasRef', by: 'handle' },
  },
  {
    name: '`uv_walk`, `uv_fileno` through the addon, with `ref()` and `unref()`',
    kind: 'public',
    since: EVERY,
    files: ['runtime/descriptors.ts', 'runtime/datagrams.ts'],
    purpose: 'the descriptor of an object that hides its handle: the libuv handle whose reference changes',
    missing: '`unsupported-runtime`, or `not-visible` in a cluster worker',
  },
  {
    name: 'channel `udp.socket`',
    kind: 'public',
    since: EVERY,
    files: ['runtime/datagrams.ts'],
    purpose: '`v6only/register` sees each udp6 socket when it is created',
    missing: 'udp6 sockets are as without the policy',
  },
  {
    name: "dgram's `state symbol`",
    kind: 'private',
    since: EVERY,
    files: ['runtime/datagrams.ts'],
    purpose: 'the handle of a udp6 socket, and what `createSocket` was told about `ipv6Only`',
    missing: "binding goes through `bind` as below, reading through libuv's list",
    taken: { word: 'state symbol', by: 'symbols' },
  },
  {
    name: "`bind`, `bind6`, `open` and the membership calls of dgram's handle",
    kind: 'private',
    since: EVERY,
    files: ['runtime/datagrams.ts'],
    purpose: 'a udp6 socket is opened with the option when Node first binds it',
    missing: 'as without the state symbol',
    taken: { word: 'bind6', by: 'symbols' },
  },
  {
    name: '`bind`, own to a udp6 socket with a choice',
    kind: 'public',
    since: EVERY,
    files: ['runtime/datagrams.ts', 'runtime/hidden-datagrams.ts'],
    purpose:
      "asks a cluster primary for `ipv6Only`; where dgram's state is hidden, hands a bound descriptor to Node",
    missing: '`ERR_INVALID_ARG_VALUE` for an object that is frozen',
  },
];
