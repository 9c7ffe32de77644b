/** What the kernel has open, as `ss` of iproute2 tells it: the witness beside our own getter, also for child scripts. */
const { execFileSync } = require('node:child_process');

function rowOf(text) {
  const [kind, state, , sendQueue, local, peer] = text.split(/\s+/);
  const value = /v6only:([01])/.exec(text)?.[1];
  const v6Only = value === undefined ? null : Number(value);
  return { kind, state, sendQueue: Number(sendQueue), local, peer, v6Only, text };
}

/** The rows that a question asks for; see ss.d.cts. */
function ssRows({ kind, port, peerPort, family = '', all = false } = {}) {
  const ends = Object.entries({ sport: port, dport: peerPort }).filter(([, number]) => number !== undefined);
  const filter = ends.map(([end, number]) => `${end} = :${number}`).join(' and ');
  // Both kinds, always: of one alone the column that tells it is missing.
  const output = execFileSync('ss', [`-${family}Htune${all ? 'a' : 'l'}`, filter], { encoding: 'utf8' });
  const rows = output.split('\n').filter(Boolean).map(rowOf);
  return kind === undefined ? rows : rows.filter((row) => row.kind === kind);
}

/** The option of the AF_INET6 socket that listens on a port; null where there is none. */
function ssV6Only(port, kind = 'tcp') {
  return ssRows({ kind, port, family: 6 })[0]?.v6Only ?? null;
}

module.exports = { ssRows, ssV6Only };
