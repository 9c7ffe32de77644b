/** Each row of "listen() after setV6Only", with either value. */
const dns = require('node:dns');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const { once } = require('node:events');
const tls = require('node:tls');
const { closed, native, record, trial, v6only } = require('./contract-trial.cjs');

const major = Number.parseInt(process.versions.node, 10);

const NAMES = {
  'both.test': ['127.0.0.1', '::1'],
  'ipv4.test': ['127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'link-local.test': ['fe80::1', '::1'],
};

const realLookup = dns.lookup;

/** Node 20 asks for one address, later ones for all. */
function lookup(host, options, callback = options) {
  if (host === 'none.test') return setImmediate(callback, noSuchName(host));
  const addresses = NAMES[host];
  if (addresses === undefined) return realLookup(host, options, callback);
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const found = options?.all ? [all] : [all[0].address, all[0].family];
  setImmediate(callback, null, ...found);
}

function noSuchName(hostname) {
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  return Object.assign(error, { errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname });
}

const KINDS = {
  net: () => net.createServer((socket) => socket.destroy()),
  http: () => http.createServer(),
  https: () => https.createServer(),
  http2: () => http2.createServer(),
  tls: () => tls.createServer(),
};

const FORMS = {
  '()': [],
  '(0)': [0],
  "('0')": ['0'],
  '(undefined)': [undefined],
  '(0, callback)': [0, () => {}],
  '(0, undefined, 5)': [0, undefined, 5],
  "(0, '')": [0, ''],
  '({ port })': [{ port: 0 }],
  "({ port, host: '' })": [{ port: 0, host: '' }],
  '({ port, exclusive, backlog })': [{ port: 0, exclusive: true, backlog: 5 }],
  "(0, '::')": [0, '::'],
  "(0, '0:0:0:0:0:0:0:0')": [0, '0:0:0:0:0:0:0:0'],
  "(0, '::1')": [0, '::1'],
  "(0, '::1%lo')": [0, '::1%lo'],
  "(0, '::ffff:127.0.0.1')": [0, '::ffff:127.0.0.1'],
  "(0, '::FFFF:7f00:1')": [0, '::FFFF:7f00:1'],
  "(0, '127.0.0.1')": [0, '127.0.0.1'],
  "(0, '0.0.0.0')": [0, '0.0.0.0'],
  "(0, 'both.test')": [0, 'both.test'],
  "(0, 'ipv4.test')": [0, 'ipv4.test'],
  "(0, 'mapped.test')": [0, 'mapped.test'],
  // Node 20 does not skip them.
  ...(major >= 22 && { "(0, 'link-local.test')": [0, 'link-local.test'] }),
  "(0, 'none.test')": [0, 'none.test'],
  '({ port, ipv6Only: true })': [{ port: 0, ipv6Only: true }],
  '({ port, ipv6Only: false })': [{ port: 0, ipv6Only: false }],
  '({ port, ipv6Only: 1 })': [{ port: 0, ipv6Only: 1 }],
  "({ port, host: '::', ipv6Only: true })": [{ port: 0, host: '::', ipv6Only: true }],
  "({ port, host: '::', ipv6Only: false })": [{ port: 0, host: '::', ipv6Only: false }],
  '(path)': ['\0v6only-contract'],
  '({ path })': [{ path: '\0v6only-contract' }],
};

const chosen = (value, kind = 'net') => v6only.setV6Only(KINDS[kind](), value);

async function forms(value) {
  dns.lookup = lookup;
  for (const [form, args] of Object.entries(FORMS)) {
    record(`${value} ${form}`, await trial(chosen(value), (server) => server.listen(...args)));
  }
  for (const kind of Object.keys(KINDS)) {
    record(`${value} ${kind} (0)`, await trial(chosen(value, kind), (server) => server.listen(0)));
    record(
      `${value} ${kind} (0, '::')`,
      await trial(chosen(value, kind), (server) => server.listen(0, '::')),
    );
  }
}

/** SOCK_STREAM. */
const STREAM = 1;

function descriptor(family, v6Only) {
  const fd = native().open(family, STREAM);
  if (v6Only !== undefined) native().setV6Only(fd, v6Only);
  return fd;
}

const socketOf = (fd) => new net.Socket({ fd, readable: false, writable: false });
const other = (value) => !value;

/** Sockets that somebody else made; `made` is called once for each trial. */
const GIVEN = {
  'socket, unbound': (value) => socketOf(descriptor(6, other(value))),
  'socket, IPv4': () => socketOf(descriptor(4)),
  '{ fd }, unbound': (value) => ({ fd: descriptor(6, other(value)) }),
  '{ fd }, IPv4': () => ({ fd: descriptor(4) }),
  '{ fd } of a file': () => ({ fd: require('node:fs').openSync(__filename) }),
};

/** A BoundSocket where this Node has it, at most one listen each. */
const BOUND = {
  'BoundSocket on ::1': () => new net.BoundSocket({ host: '::1' }),
  'BoundSocket, IPv6 only': () => new net.BoundSocket({ host: '::', ipv6Only: true }),
  'BoundSocket, dual-stack': () => new net.BoundSocket({ host: '::' }),
  'BoundSocket, IPv4': () => new net.BoundSocket({ host: '127.0.0.1' }),
};

async function given(value) {
  const made = net.BoundSocket === undefined ? GIVEN : { ...GIVEN, ...BOUND };
  for (const [name, make] of Object.entries(made)) {
    record(`${value} ${name}`, await trial(chosen(value), (server) => server.listen(make(value))));
  }
  for (const [name, options] of [
    ['IPv6 only', { port: 0, host: '::', ipv6Only: true }],
    ['dual-stack', { port: 0, host: '::' }],
    ['IPv4', { port: 0, host: '127.0.0.1' }],
  ]) {
    const owner = KINDS.net().listen(options);
    await once(owner, 'listening');
    record(`${value} server, ${name}`, await trial(chosen(value), (server) => server.listen(owner)));
    await closed(owner);
  }
}

async function run() {
  for (const value of [true, false]) {
    await forms(value);
    await given(value);
  }
}

module.exports = { run };
