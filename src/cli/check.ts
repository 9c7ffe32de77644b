/** `v6only check`: one answer about this machine's sockets, for health checks. Nothing is connected to. */
import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress, formatEndpoint, unmapIPv4 } from '../kernel/address';
import { MAX_PORT } from '../kernel/options';
import { listSockets } from '../machine/list-sockets';
import type { SocketRow } from '../machine/socket-rows';
import { wholeNumber } from './arguments';
import {
  addressOf,
  type Expected,
  fulfils,
  isExpected,
  isUnclear,
  loneAddress,
  MEANING,
  serving,
} from './expectations';
import { carriesIPv4InIPv6 } from './reach';
import { visible } from './text-table';

type Transport = 'tcp' | 'udp';

/** A port, an address or 'localhost' with a port, or a process. */
export interface CheckTarget {
  address: string | null;
  port: number | null;
  pid: number | null;
  protocol: Transport;
}

export interface CheckAnswer {
  ok: boolean;
  expected: Expected | null;
  target: CheckTarget;
  /** The sockets at the target; with an expectation, everything on its port. */
  sockets: SocketRow[];
  /** For `localhost`: the loopback addresses of this machine that nothing serves. */
  unserved: string[];
  /** If there are none: the sockets of the other protocol. */
  others: SocketRow[];
}

const LOCALHOST = 'localhost';
const FORMS = 'PORT, [ADDRESS]:PORT, A.B.C.D:PORT, localhost:PORT';

/** Keeps the line readable when every worker of a cluster has its own socket. */
const MOST_SHOWN = 4;

/** The target, or what is wrong with the argument. */
export function readTarget(
  text: string | undefined,
  pid: number | undefined,
  protocol: Transport,
): CheckTarget | string {
  if (text === undefined && pid !== undefined) return { address: null, port: null, pid, protocol };
  if (text !== undefined && pid === undefined) return readEndpoint(text, protocol);
  return `check takes one of ${FORMS} or --pid N, found ${text === undefined ? 'none' : 'both'}`;
}

function readEndpoint(text: string, protocol: Transport): CheckTarget | string {
  const [, bracketed, bare, digits = text] = /^(?:\[(.*)\]:|([^:]*):)?([^:]*)$/s.exec(text) ?? [];
  const port = wholeNumber(digits, MAX_PORT);
  const address = bracketed === undefined ? readBare(bare) : readBracketed(bracketed);
  if (port !== null && address !== undefined) return { address, port, pid: null, protocol };
  return `check takes ${FORMS} with a port from 1 to ${MAX_PORT}, found ${JSON.stringify(text)}`;
}

function readBare(text: string | undefined): string | null | undefined {
  if (text === undefined) return null;
  // Names are case-insensitive (RFC 4343).
  if (text.toLowerCase() === LOCALHOST) return LOCALHOST;
  return isIPv4(text) ? text : undefined;
}

/** In the form used in the rows; an IPv4-mapped address means IPv4. Only a link-local address can have a zone. */
function readBracketed(text: string): string | undefined {
  const valid = isIPv6(text) && (!text.includes('%') || /^fe[89ab]/i.test(text));
  return valid ? unmapIPv4(canonicalAddress(text)) : undefined;
}

/** The value of `--expect`, or what is wrong with it. */
export function readExpected(given: unknown): { expected: Expected | null } | string {
  if (typeof given !== 'string') return { expected: null };
  if (isExpected(given)) return { expected: given };
  return `--expect takes ipv6, dual, split or plain, found ${JSON.stringify(given)}`;
}

export async function check(target: CheckTarget, expected: Expected | null): Promise<CheckAnswer> {
  const { port, pid, protocol } = target;
  const listed = await listSockets({ listening: true, port: port ?? undefined, pid: pid ?? undefined });
  const rows = listed.filter((row) => row.protocol.startsWith(protocol));
  const unserved = target.address === LOCALHOST ? unservedLoopbacks(rows) : [];
  const sockets = expected === null ? atTarget(rows, target.address) : rows;
  const others = sockets.length > 0 ? [] : listed.filter((row) => !rows.includes(row));
  const ok = expected === null ? sockets.length > 0 : isAsExpected(expected, rows, target);
  const needed = expected === null || expected === 'plain' ? unserved : [];
  return { ok: ok && needed.length === 0, expected, target, sockets, unserved: needed, others };
}

/** Without an expectation: the sockets that a client may reach at the target. */
function atTarget(rows: readonly SocketRow[], address: string | null): SocketRow[] {
  if (address === null) return [...rows];
  if (address !== LOCALHOST) return serving(rows, address);
  return [...new Set(loopbacks().flatMap((one) => serving(rows, one)))];
}

function isAsExpected(expected: Expected, rows: readonly SocketRow[], target: CheckTarget): boolean {
  const { pid } = target;
  const ports = [...new Set(rows.map(({ local }) => local.port))];
  const fulfilled = (one: number): boolean => {
    const here = rows.filter(({ local }) => local.port === one);
    const asked = pid === null ? addressAsked(target.address, expected) : loneAddress(here);
    return fulfils(expected, here, asked);
  };
  return ports.length > 0 && ports.every(fulfilled);
}

/** `plain` checks the loopback addresses that exist; the others need both. */
function addressAsked(address: string | null, expected: Expected): string | null {
  if (address !== LOCALHOST) return address;
  return expected === 'plain' ? (loopbacks()[0] ?? '::1') : '::1';
}

/** RFC 6761, 6.3: the addresses of localhost, as far as this machine has them. */
function loopbacks(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return ['::1', '127.0.0.1'].filter((loopback) => own.some(({ address }) => address === loopback));
}

function unservedLoopbacks(rows: readonly SocketRow[]): string[] {
  const all = loopbacks();
  return (all.length === 0 ? ['127.0.0.1'] : all).filter((one) => serving(rows, one).length === 0);
}

/** One line: what was found, what was expected. */
export function formatCheck(answer: CheckAnswer): string {
  const { ok, expected, target, sockets, unserved, others } = answer;
  const parts = [sockets.length === 0 ? NOTHING[target.protocol] : list(sockets, target)];
  if (sockets.length > 0) parts.push(...unserved.map((address) => `nothing serves ${address}`));
  if (others.length > 0) parts.push(elsewhere(others, target));
  if (expected !== null && sockets.some(isUnclear)) parts.push(UNCLEAR);
  const found = `${subject(target)}: ${parts.join('; ')}`;
  if (expected === null) return `${found}\n`;
  return `${ok ? 'ok' : 'not as expected'}: ${found} (expected: ${MEANING[expected]})\n`;
}

const NOTHING: Readonly<Record<Transport, string>> = {
  tcp: 'nothing listens',
  udp: 'no UDP socket is bound',
};
const UNCLEAR = 'this system does not report whether [::] accepts IPv4 too';

/** So that "nothing listens" isn't read as "the port is unused". */
function elsewhere(others: readonly SocketRow[], target: CheckTarget): string {
  const found = list(others, target);
  if (target.protocol === 'udp') return `on TCP: ${found}; omit --udp to check it`;
  return `on UDP: ${found}; use --udp to check it`;
}

function list(rows: readonly SocketRow[], { pid }: CheckTarget): string {
  const shown = rows.slice(0, MOST_SHOWN).map((row) => describe(row, pid !== null));
  if (rows.length > MOST_SHOWN) shown.push(`and ${rows.length - MOST_SHOWN} more`);
  return shown.join('; ');
}

function subject({ address, port, pid, protocol }: CheckTarget): string {
  const kind = protocol === 'udp' ? 'UDP ' : '';
  if (pid !== null) return `${kind === '' ? '' : `${kind}of `}process ${pid}`;
  if (address === null) return `${kind}port ${port}`;
  return kind + formatEndpoint(address, port ?? 0);
}

function describe(row: SocketRow, withPort: boolean): string {
  const { accepts, local, program, pid } = row;
  const plain = addressOf(row);
  const address = isIPv6(plain) ? `[${plain}]` : plain;
  const marked = carriesIPv4InIPv6(row) ? ' on an AF_INET6 socket' : '';
  const holder = program === null ? '' : ` (${program}, pid ${pid})`;
  const families = isUnclear(row) ? 'IPv6, perhaps IPv4 too' : familiesOf(accepts);
  return visible(`${address}${withPort ? `:${local.port}` : ''} accepts ${families}${marked}${holder}`);
}

function familiesOf([first, second]: SocketRow['accepts']): string {
  return second === undefined ? `${first ?? 'nothing'} only` : `${first} and ${second}`;
}
