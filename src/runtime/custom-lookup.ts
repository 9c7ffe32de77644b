/** The user's own lookup functions, used instead of `dns.lookup`. */
import type { SocketOptions } from 'node:dgram';
import { isIP, type LookupFunction } from 'node:net';
import { invalidAddress } from '../kernel/node-errors';
import { type FoundAddress, lookupAll } from './lookup';

/** Every address of a name, from `dns.lookup` if there is no `custom`. @throws {Error} of the lookup. */
export function addressesOf(name: string, custom?: LookupFunction): Promise<readonly FoundAddress[]> {
  return new Promise((resolve, reject) => {
    if (custom === undefined)
      return lookupAll(name, (error, found) => (error === null ? resolve(found) : reject(error)));
    custom(name, { all: true }, (error, found) => {
      if (error) return reject(error);
      // A function written for dgram returns one address, even with `all`.
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
 * For dgram, which looks up even IP addresses (lib/internal/dgram.js, lookup4 and lookup6): they are answered as by
 * `dns.lookup`, so that no other address is bound.
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
