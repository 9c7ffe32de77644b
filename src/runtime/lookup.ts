/** Node's lookup of a host, during a `listen` or on its own. */
import { isLinkLocal } from '../kernel/address';

/** Node 20 expects only the first address, later lines expect all of them. */
export type Answer = (error: Error | null, addresses: readonly FoundAddress[]) => void;

export interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

export type Lookup = (host: string, answer: Answer) => void;
type DnsLookup = (...args: unknown[]) => unknown;

let loaded: { lookup: DnsLookup } | undefined;

/** Loaded when first needed, and kept, because `require` costs a twentieth of a listen. */
function dns(): { lookup: DnsLookup } {
  loaded ??= require('node:dns') as { lookup: DnsLookup };
  return loaded;
}

/** Every address of the host, from the current `dns.lookup`, so that patches to it apply. */
export function lookupAll(host: unknown, answer: Answer): void {
  dns().lookup(host, { all: true }, (error: Error | null, addresses: readonly FoundAddress[] | undefined) => {
    answer(error, addresses ?? []);
  });
}

/**
 * Without link-local addresses, unless there are no others: such an address is useless without its interface, and Node
 * skips it too (lib/net.js, filterOnlyValidAddress).
 */
export function withoutLinkLocal(found: readonly FoundAddress[]): readonly FoundAddress[] {
  const others = found.filter(({ address }) => !isLinkLocal(address));
  return others.length > 0 ? others : found;
}

/**
 * Replaces `dns.lookup` for its next call, which Node is about to make.
 * @returns a function that restores it if Node has not called it.
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
