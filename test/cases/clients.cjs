/** Real clients, by kind: each resolves with what it is answered, 'refused', 'closed' or 'silence'. */
const { execFile } = require('node:child_process');
const dgram = require('node:dgram');
const { Resolver } = require('node:dns').promises;
const { once } = require('node:events');
const net = require('node:net');

const SECONDS = 5;
/** For what is to be heard over the same machine, or not at all. */
const SILENCE_MS = 1000;

/** curl(1), EXIT CODES: no connection; nothing came; cut off. */
const CURL_CODES = { 7: 'refused', 52: 'closed', 56: 'closed' };
/** Where nobody listens, and where this machine has no such family. dns.Resolver tells all of them as its own code. */
const REFUSED = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EAFNOSUPPORT'];

function curl(url, ...flags) {
  const args = ['-sS', '-g', '--max-time', String(SECONDS), '--noproxy', '*', ...flags, url];
  return new Promise((resolve) => {
    execFile('curl', args, (error, stdout) => {
      resolve(error === null ? stdout : (CURL_CODES[error.code] ?? `curl: ${error.message}`));
    });
  });
}

const inUrl = (host) => (net.isIPv6(host) ? `[${host.replace('%', '%25')}]` : host);

/** One question, one answer. `prepare` may connect the socket; else `to` says where the question goes. */
async function datagram(type, prepare, ...to) {
  const client = dgram.createSocket(type);
  try {
    await prepare(client);
    const answer = once(client, 'message', { signal: AbortSignal.timeout(SILENCE_MS) });
    client.send('hello', ...to);
    return String((await answer)[0]);
  } catch ({ name, code, message }) {
    return name === 'AbortError' ? 'silence' : REFUSED.includes(code) ? 'refused' : message;
  } finally {
    client.close();
  }
}

const typeOf = (host) => (net.isIPv6(host) ? 'udp6' : 'udp4');

/** Connected, so that it hears of a port where nobody listens. */
function udp(host, port) {
  return datagram(typeOf(host), (client) => {
    client.connect(port, host);
    return once(client, 'connect');
  });
}

/** `host` is 'GROUP from INTERFACE', with the interface as setMulticastInterface takes it. */
function multicast(host, port) {
  const [group, from] = host.split(' from ');
  const prepare = async (client) => {
    client.bind();
    await once(client, 'listening');
    client.setMulticastInterface(from);
  };
  return datagram(typeOf(group), prepare, port, group);
}

async function dns(host, port) {
  const resolver = new Resolver({ timeout: SILENCE_MS, tries: 1 });
  resolver.setServers([`${inUrl(host)}:${port}`]);
  try {
    const [[short], [long]] = [
      await resolver.resolveTxt('short.test'),
      await resolver.resolveTxt('long.test'),
    ];
    return `${short}, ${long}`;
  } catch ({ code }) {
    return REFUSED.includes(code) ? 'refused' : code;
  }
}

const CLIENTS = {
  http: (host, port) => curl(`http://${inUrl(host)}:${port}/`),
  http2: (host, port) => curl(`http://${inUrl(host)}:${port}/`, '--http2-prior-knowledge'),
  /** As a browser that has been sent to localhost, and takes one of its addresses. */
  callback: (host, port) => curl(`http://localhost:${port}/callback?code=42`, net.isIPv6(host) ? '-6' : '-4'),
  udp,
  multicast,
  dns,
};

module.exports = { CLIENTS };
