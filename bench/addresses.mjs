/** IPv4-mapped addresses: ours and what people use today. A wrong answer is named, not timed away. */
import { createRequire } from 'node:module';
import net from 'node:net';
import { note, report } from './results.mjs';
import { interleave, ROUNDS, timeSync } from './rounds.mjs';

const require = createRequire(import.meta.url);
const { unmapIPv4 } = require('..');
const ipaddr = require('ipaddr.js');
const { Address6 } = require('ip-address');
const proxyAddr = require('proxy-addr');

const CALLS = 20_000;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const blockList = new net.BlockList();
blockList.addSubnet('0.0.0.0', 0, 'ipv4');
const trusts = proxyAddr.compile(['192.0.2.0/24']);

const byRegularExpression = (address) => MAPPED.exec(address)?.[1] ?? address;

const CONTENDERS = {
  unmapIPv4: (address) => unmapIPv4(address),
  'a regular expression': byRegularExpression,
  'net.BlockList.check': (address) => blockList.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
  'ipaddr.js process': (address) => ipaddr.process(address),
  'ip-address to4': (address) => (address.includes(':') ? new Address6(address).to4().address : address),
  'proxy-addr': (address) => trusts(address, 0),
};

export async function benchAddresses() {
  for (const address of ['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1', '::ffff:c000:201']) {
    const timed = Object.entries(CONTENDERS).map(([name, call]) => [
      name,
      () => timeSync(() => call(address), CALLS),
    ]);
    report(address, 'ns', await interleave(Object.fromEntries(timed), ROUNDS));
    if (byRegularExpression(address) !== unmapIPv4(address))
      note(address, 'a regular expression', 'does not recognise it');
  }
}
