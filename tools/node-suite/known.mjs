// Why a test of Node's ends otherwise under the policy. Whatever differs and is not here is a failure of the suite.

/**
 * One test each; `stacks`, and where it matters `lines`, say where. A whole run fails for a row that no longer
 * differs.
 */
const ROWS = [
  ...[
    ...['buffersize', 'connect-buffer', 'connect-buffer2', 'connect-keepalive', 'connect-nodelay'],
    ...['large-string', 'onread-static-buffer'],
  ].map((name) => ({
    test: `parallel/test-net-${name}.js`,
    stacks: ['ipv6'],
    reason:
      'Node loses what a client was told before it went on from 127.0.0.1 to ::1, with `ipv6Only: true` and no package too',
  })),
  {
    test: 'parallel/test-http-connect.js',
    stacks: ['split'],
    reason:
      "counts a connection's listeners for 'close', and one is the package's, which counts over both sockets",
  },
  {
    test: 'parallel/test-net-listen-twice.js',
    stacks: ['split'],
    reason:
      "closes after the cluster primary's second answer; two sockets of a server need more until 'listening'",
  },
  ...['keepalive', 'nodelay'].map((name) => ({
    test: `parallel/test-net-server-${name}.js`,
    stacks: ['split'],
    reason: 'wraps server._handle.onconnection, which sees the first socket only (docs/limits.md)',
  })),
  {
    test: 'parallel/test-net-server-transfer-worker.js',
    stacks: ['split'],
    lines: ['24', '26'],
    reason: 'transfers a server to a thread, which takes its first socket only (docs/limits.md)',
  },
  {
    test: 'parallel/test-tls-alert.js',
    stacks: ['ipv6'],
    reason: 'runs openssl with -connect 127.0.0.1',
  },
  {
    test: 'parallel/test-tls-alert-handling.js',
    stacks: ['ipv6'],
    reason:
      'puts TLS over a socket that goes on from 127.0.0.1 to ::1, where Node crashes, with `ipv6Only: true` and no package too',
  },
];

/** Many tests at once: what their output has to show, so that each is looked at. */
const RULES = [
  {
    stacks: ['ipv6'],
    shows: /connect ECONNREFUSED (?:127\.0\.0\.1|0\.0\.0\.0)/,
    reason: 'connects to an IPv4 address, as its output shows',
  },
];

/** @param {{ stacks: string[], lines?: string[] }} known */
const applies = ({ stacks, lines }, { line, stack }) =>
  stacks.includes(stack) && (lines?.includes(line) ?? true);

/** Undefined where nobody has said why. */
export function reasonOf({ name, output }, run) {
  const row = ROWS.find((known) => known.test === name && applies(known, run));
  const rule = RULES.find((known) => known.shows.test(output) && applies(known, run));
  return (row ?? rule)?.reason;
}

/** The rows of a run in which their test passed. */
export function staleRows(run, passed) {
  return ROWS.filter((known) => applies(known, run) && passed.has(known.test));
}
