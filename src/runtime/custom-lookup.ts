/** Look-ups of the user's, where `dns.lookup` is not to be asked. */
import type { SocketOptions } from 'node:dgram';
import { isIP, type LookupFunction } from 'node:net';
import { invalidAddress } from '../kernel/node-errors';
import { type FoundAddress, lookupAll } from './lookup';

/** Every address of a name; `dns.lookup` is asked where there is no `custom`. @throws {Error} what the look-up gives. */
export function addressesOf(name: string, custom?: LookupFunction): Promise<readonly FoundAddress[]> {
  return new Promise((resolve, reject) => {
    if (custom === undefined)
      return lookupAll(name, (error, found) => (error === null ? resolve(found) : reject(error)));
    custom(name, { all: true }, (error, found) => {
      if (error) return reject(error);
      // One that was written for dgram gives one address, whatever it is asked for.
      const all: unknown[] = Array.isArray(found) ? found.map((one) => Object(one).address) : [found];
      if (all.every(isLiteral)) resolve(all.map((address) => ({ address, family: isIP(address) })));
      else reject(invalidAddress(all.find((address) => !isLiteral(address))));
    });
  });
}

function isLiteral(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0;
}

/**
 * For dgram, which looks up even what is an address (lib/internal/dgram.js, lookup4 and lookup6): that is answered as
 * `dns.lookup` does, so that no other address is bound.
 */
export function forDatagrams(custom: LookupFunction): NonNullable<SocketOptions['lookup']> {
  return (host, family, callback) => {
    const literal = isIP(host);
    if (literal !== 0) return process.nextTick(callback, null, host, literal);
    custom(host, { family: Number(family) }, (error, found, foundFamily = 0) => {
      const first = Array.isArray(found) ? found[0] : { address: found, family: foundFamily };
      callback(error, first?.address ?? '', first?.family ?? 0);
    });
  };
}
