/** `dns.lookup` replaced for one name, for calls as in Node 20 (one address) and Node 22 and later (all). */
import dns from 'node:dns';
import { cleanUp } from './leaks';

export interface Found {
  address: string;
  family: 4 | 6;
}

export const found = (...addresses: string[]): Found[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

type Answer = (error: Error | null, address?: string | Found[], family?: number) => void;

export interface Stub {
  /** The `all` of each call, in order. */
  calls: boolean[];
}

/** Answers for `name` until the end of the test; `answer` returns an error or the addresses for each call. */
export function stubLookup(name: string, answer: (call: number) => Found[] | Error): Stub {
  const stub: Stub = { calls: [] };
  const real = dns.lookup;
  cleanUp(() => {
    dns.lookup = real;
  });
  const fake = (host: string, options: unknown, callback?: Answer): unknown => {
    if (host !== name)
      return Reflect.apply(real, dns, callback ? [host, options, callback] : [host, options]);
    const done = callback ?? (options as Answer);
    const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
    const result = answer(stub.calls.length);
    stub.calls.push(all);
    setImmediate(() => {
      if (result instanceof Error) return done(result);
      return all ? done(null, result) : done(null, result[0]?.address, result[0]?.family);
    });
    return {};
  };
  Object.assign(fake, { __promisify__: real.__promisify__ });
  dns.lookup = fake as unknown as typeof dns.lookup;
  return stub;
}

export function lookupFailure(host: string): Error {
  const fields = { errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host };
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), fields);
}
