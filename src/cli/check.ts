/** `v6only check`: one answer about this machine's listening TCP sockets, for health checks. Nothing is connected to. */
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress, formatEndpoint, isWildcard, unmapIPv4 } from '../kernel/address';
import { MAX_PORT } from '../kernel/options';
import { listSockets } from '../machine/list-sockets';
import type { SocketRow } from '../machine/socket-rows';
import { carriesIPv4InIPv6 } from './ls';
import { visible } from './text-table';

export type Expected = 'ipv6' | 'dual' | 'split';

/** A port, an address with a port, or a process. */
export interface CheckTarget {
  address: string | null;
  port: number | null;
  pid: number | null;
}

export interface CheckAnswer {
  ok: boolean;
  expected: Expected | null;
  target: CheckTarget;
  /** What listens at the target; with an expectation, everything on its port. */
  sockets: SocketRow[];
}

const MEANING: Readonly<Record<Expected, string>> = {
  ipv6: 'ipv6, IPv6 only and nothing that accepts IPv4',
  dual: 'dual, one [::] socket that accepts IPv6 and IPv4',
  split: 'split, an IPv6-only socket and an AF_INET socket',
};

/** One line is to stay readable where every worker of a cluster has a socket of its own. */
const MOST_SHOWN = 4;

/** A number from 1 on, written as people write numbers; null for anything else. */
export function wholeNumber(text: string, most: number): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= most ? Number(text) : null;
}

/** What to look at, or what is wrong with what was given. */
export function readTarget(text: string | undefined, pid: number | undefined): CheckTarget | string {
  if (text === undefined && pid !== undefined) return { address: null, port: null, pid };
  if (text !== undefined && pid === undefined) return readEndpoint(text);
  const found = text === undefined ? 'none of them' : 'two';
  return `check takes one of PORT, [ADDRESS]:PORT, A.B.C.D:PORT and --pid N, found ${found}`;
}

function readEndpoint(text: string): CheckTarget | string {
  const [, bracketed, dotted, digits = text] = /^(?:\[(.*)\]:|([^:]*):)?([^:]*)$/s.exec(text) ?? [];
  const port = wholeNumber(digits, MAX_PORT);
  const address = bracketed ?? dotted ?? null;
  const valid =
    address === null ||
    (bracketed === undefined ? isIPv4(address) : isIPv6(bracketed) && zoneless(bracketed));
  // As the rows name it; an IPv4-mapped address asks about IPv4.
  if (port !== null && valid)
    return { address: address && unmapIPv4(canonicalAddress(address)), port, pid: null };
  const forms = `PORT, [ADDRESS]:PORT or A.B.C.D:PORT with a port from 1 to ${MAX_PORT}`;
  return `check takes ${forms}, found ${JSON.stringify(text)}`;
}

/** A zone is of use to a link-local address only. */
function zoneless(address: string): boolean {
  return !address.includes('%') || /^fe[89ab]/i.test(address);
}

export function readExpected(text: string): Expected | null {
  for (const known of ['ipv6', 'dual', 'split'] as const) if (known === text) return known;
  return null;
}

export async function check(target: CheckTarget, expected: Expected | null): Promise<CheckAnswer> {
  const { address, port, pid } = target;
  const filter = { listening: true, port: port ?? undefined, pid: pid ?? undefined };
  const listed = await listSockets(filter);
  const rows = listed.filter(({ protocol }) => protocol.startsWith('tcp'));
  if (expected === null) {
    const sockets = address === null ? rows : serving(rows, address);
    return { ok: sockets.length > 0, expected, target, sockets };
  }
  const ports = [...new Set(rows.map(({ local }) => local.port))];
  const isAsExpected = (one: number): boolean => {
    const here = rows.filter(({ local }) => local.port === one);
    return fulfils(expected, here, address ?? (pid === null ? null : loneAddress(here)));
  };
  return { ok: ports.length > 0 && ports.every(isAsExpected), expected, target, sockets: rows };
}

/** A process may mean to be local on one of its ports; where it has no wildcard there, that is what is looked at. */
function loneAddress(rows: readonly SocketRow[]): string | null {
  const addresses = rows.map(addressOf);
  return addresses.some(isWildcard) ? null : (addresses.find(isIPv6) ?? addresses[0] ?? null);
}

/** `rows` is what listens on one port; `address` null stands for all addresses. */
function fulfils(expected: Expected, rows: readonly SocketRow[], address: string | null): boolean {
  const ipv6 = serving(rows, counterpart(address, 'IPv6'));
  const ipv4 = serving(rows, counterpart(address, 'IPv4'));
  if (ipv6.length === 0 || (address !== null && serving(rows, address).length === 0)) return false;
  if (expected === 'dual') {
    // Beside it, a socket of one address would take that address's connections.
    const deciding = address === null ? rows : [...ipv6, ...ipv4];
    return deciding.every(isDual);
  }
  if (ipv6.some(acceptsIPv4)) return false;
  if (expected === 'split') return ipv4.length > 0 && ipv4.every(({ family }) => family !== 'IPv6');
  // IPv4 of another address says nothing about loopback; with any other address it is a way around IPv6-only.
  return !(address === '::1' ? ipv4 : rows).some(acceptsIPv4) && address !== counterpart(address, 'IPv4');
}

/** Where the other family would look for the same service: loopback for loopback, else the wildcard. */
function counterpart(address: string | null, family: 'IPv6' | 'IPv4'): string {
  if (address !== null && isIPv6(address) === (family === 'IPv6')) return address;
  const local = address === '::1' || address?.startsWith('127.');
  if (family === 'IPv6') return local ? '::1' : '::';
  return local ? '127.0.0.1' : '0.0.0.0';
}

/** The sockets that a connection to `address` may reach: those of the address itself, else the wildcards. */
function serving(rows: readonly SocketRow[], address: string): SocketRow[] {
  const family = isIPv6(address) ? 'IPv6' : 'IPv4';
  const own = rows.filter((row) => !isWildcard(addressOf(row)) && isSame(addressOf(row), address));
  if (own.length > 0) return own;
  return rows.filter((row) => isWildcard(addressOf(row)) && row.accepts.includes(family));
}

/** An address without a zone means any interface. */
function isSame(found: string, asked: string): boolean {
  return found === asked || (!asked.includes('%') && found.split('%')[0] === asked);
}

function addressOf({ local }: SocketRow): string {
  return unmapIPv4(local.address);
}

function isDual({ accepts }: SocketRow): boolean {
  return accepts.length === 2;
}

function acceptsIPv4({ accepts }: SocketRow): boolean {
  return accepts.includes('IPv4');
}

/** One line: what was found, what was expected. */
export function formatCheck({ ok, expected, target, sockets }: CheckAnswer): string {
  const shown = sockets.slice(0, MOST_SHOWN).map((row) => describe(row, target.pid !== null));
  if (sockets.length > MOST_SHOWN) shown.push(`and ${sockets.length - MOST_SHOWN} more`);
  const found = `${subject(target)}: ${shown.length === 0 ? 'nothing listens' : shown.join('; ')}`;
  if (expected === null) return `${found}\n`;
  return `${ok ? 'ok' : 'not as expected'}: ${found} (expected: ${MEANING[expected]})\n`;
}

function subject({ address, port, pid }: CheckTarget): string {
  if (pid !== null) return `process ${pid}`;
  if (address === null) return `port ${port}`;
  return formatEndpoint(address, port ?? 0);
}

function describe(row: SocketRow, withPort: boolean): string {
  const { accepts, local, program, pid } = row;
  const plain = addressOf(row);
  const address = isIPv6(plain) ? `[${plain}]` : plain;
  const [only = 'nothing'] = accepts;
  const families = isDual(row) ? 'IPv6 and IPv4' : `${only} only`;
  const marked = carriesIPv4InIPv6(row) ? ' on an AF_INET6 socket' : '';
  const holder = program === null ? '' : ` (${program}, pid ${pid})`;
  return visible(`${address}${withPort ? `:${local.port}` : ''} accepts ${families}${marked}${holder}`);
}
