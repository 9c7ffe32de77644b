/** Node's look-up of a host, in the middle of a `listen` or alone. */
import { isLinkLocal } from '../kernel/address';

/** Node 20 wants the first address alone, later lines want all of them. */
export type Answer = (error: Error | null, addresses: readonly FoundAddress[]) => void;

export interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

export type Lookup = (host: string, answer: Answer) => void;
type DnsLookup = (...args: unknown[]) => unknown;

let loaded: { lookup: DnsLookup } | undefined;

/** Not loaded before it is needed, and kept, since `require` costs a twentieth of a listen. */
function dns(): { lookup: DnsLookup } {
  loaded ??= require('node:dns') as { lookup: DnsLookup };
  return loaded;
}

/** `dns.lookup` as it is now, so that patches of it count; every address of the host. */
export function lookupAll(host: unknown, answer: Answer): void {
  dns().lookup(host, { all: true }, (error: Error | null, addresses: readonly FoundAddress[] | undefined) => {
    answer(error, addresses ?? []);
  });
}

/**
 * Without link-local ones, unless there are no others: without its interface such an address says nothing, and Node passes
 * it over too (lib/net.js, filterOnlyValidAddress).
 */
export function withoutLinkLocal(found: readonly FoundAddress[]): readonly FoundAddress[] {
  const others = found.filter(({ address }) => !isLinkLocal(address));
  return others.length > 0 ? others : found;
}

/**
 * Takes the place of `dns.lookup` until it is called, which Node is about to do.
 * @returns a function that takes it back, where Node has not called it.
 */
export function answerNextLookup(lookup: Lookup): () => void {
  const module = dns();
  const before = Object.getOwnPropertyDescriptor(module, 'lookup');
  if (before === undefined) return () => {};
  const value: DnsLookup = (...args) => {
    Object.defineProperty(module, 'lookup', before);
    answerWith(lookup, args);
  };
  Reflect.defineProperty(module, 'lookup', { value, writable: true, configurable: true, enumerable: true });
  return () => {
    if (module.lookup === value) Object.defineProperty(module, 'lookup', before);
  };
}

function answerWith(lookup: Lookup, args: readonly unknown[]): void {
  const [host, options] = args;
  const done = args.at(-1);
  const { all }: { all?: unknown } = Object(options);
  lookup(String(host), (error, addresses) => {
    if (typeof done !== 'function') return;
    const [first] = addresses;
    if (error !== null || all === true) done(error, addresses);
    else done(null, first?.address, first?.family);
  });
}
