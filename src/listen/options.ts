/** The options of `listen(server, options)`, some shared with `bindUdp(options)`. None is coerced or ignored. */
import { invalidArgType, invalidArgValue, outOfRange } from '../kernel/node-errors';
import { checkSignal, requireKnown, type Unchecked } from '../kernel/options';
import { Ports } from './ports';
import { isStack, STACKS, type Stack } from './stack';

/** Whether a family that the machine doesn't have may be left out. */
export type Required = 'any' | 'both';

const REQUIRED: readonly unknown[] = ['any', 'both'] satisfies Required[];
const MAX_BACKLOG = 2 ** 31 - 1;

/** A port, as a number or in digits. */
type Port = number | string;

/** A name or an address; an `optional` one is left out, and listed in `missing`, if this machine doesn't have it. */
type Host = string | { readonly host: string; readonly optional?: boolean | undefined };

export interface CommonOptions {
  /** 0 or omitted for any free port, the same on every socket; or several, of which the first that is free on all
   * addresses is taken. */
  port?: Port | Iterable<Port> | undefined;
  /** Omitted, `''` or `'::'` for the wildcards, `'localhost'` for both loopback addresses; a name (every address it
   * has), an address, or several of these. */
  host?: Host | readonly Host[] | undefined;
  /** `'split'`: IPv6-only and IPv4 sockets. `'ipv6'`: IPv6 only. `'dual'`: one socket for both. `'system'`: as the
   * sysctl says. */
  stack?: Stack | undefined;
  /** `'any'` (the default) leaves out a family that the machine doesn't have; `'both'` makes that an error. */
  required?: Required | undefined;
  /** Aborting it closes what was opened. */
  signal?: AbortSignal | undefined;
}

/** Options of `listen`. */
export interface ListenOptions extends CommonOptions {
  /** For each socket, as in Node. */
  backlog?: number | undefined;
  /** In a cluster worker: opens its own sockets instead of using the primary's. */
  exclusive?: boolean | undefined;
  /** SO_REUSEPORT, if Node and the system support it. */
  reusePort?: boolean | undefined;
}

export interface CheckedHost {
  /** '' for the wildcards. */
  readonly host: string;
  readonly optional: boolean;
}

export interface CheckedOptions {
  readonly ports: Ports;
  readonly hosts: readonly CheckedHost[];
  /** undefined if not given. */
  readonly stack: Stack | undefined;
  readonly required: Required;
  readonly signal: AbortSignal | undefined;
}

export interface CheckedListenOptions extends CheckedOptions {
  readonly backlog: number | undefined;
  readonly exclusive: boolean | undefined;
  readonly reusePort: boolean | undefined;
}

export const COMMON = ['port', 'host', 'stack', 'required', 'signal'];
const LISTEN = [...COMMON, 'backlog', 'exclusive', 'reusePort'];

/** @throws {TypeError} for unknown or invalid options. @throws {RangeError} for a bad port. */
export function checkListenOptions(options: unknown): CheckedListenOptions {
  requireKnown('options', options, LISTEN);
  const { backlog, exclusive, reusePort } = options;
  // Not a spread, which takes a twentieth of a listen.
  const { ports, hosts, stack, required, signal } = checkCommon(options);
  return {
    ports,
    hosts,
    stack,
    required,
    signal,
    backlog: checkBacklog(backlog),
    exclusive: checkBoolean('exclusive', exclusive),
    reusePort: checkBoolean('reusePort', reusePort),
  };
}

export function checkCommon({ port, host, stack, required = 'any', signal }: Unchecked): CheckedOptions {
  if (stack !== undefined && !isStack(stack))
    throw invalidArgValue('options.stack', stack, `must be one of ${STACKS.join(', ')}`);
  if (!isRequired(required))
    throw invalidArgValue('options.required', required, `must be one of ${REQUIRED.join(', ')}`);
  if (stack === 'ipv6' && required === 'both') {
    throw invalidArgValue('options.required', required, "contradicts the stack 'ipv6'");
  }
  return { ports: new Ports(port), hosts: checkHosts(host), stack, required, signal: checkSignal(signal) };
}

function isRequired(value: unknown): value is Required {
  return REQUIRED.includes(value);
}

function isInteger(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

function checkBacklog(backlog: unknown): number | undefined {
  if (backlog === undefined || isInteger(backlog, MAX_BACKLOG)) return backlog;
  if (typeof backlog !== 'number') throw invalidArgType('options.backlog', 'a number', backlog);
  throw outOfRange('options.backlog', `an integer >= 0 and <= ${MAX_BACKLOG}`, backlog);
}

function checkHosts(host: unknown): CheckedHost[] {
  if (host === undefined || host === null || host === '') return [{ host: '', optional: false }];
  // Not the array's own `map`, which skips holes and may have been replaced.
  const hosts = Array.from(Array.isArray(host) ? host : [host], checkHost);
  if (hosts.length > 0) return hosts;
  throw invalidArgValue('options.host', host, 'must not be empty; leave it out for the wildcards');
}

function checkHost(entry: unknown): CheckedHost {
  if (typeof entry === 'string' && entry !== '') return { host: entry, optional: false };
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw invalidArgType('options.host', 'a string, { host, optional }, or an array of them', entry);
  requireKnown('options.host', entry, ['host', 'optional']);
  const { host, optional } = entry;
  if (typeof host !== 'string' || host === '') throw invalidArgType('options.host.host', 'a string', host);
  return { host, optional: checkBoolean('host.optional', optional) ?? false };
}

export function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidArgType(`options.${name}`, 'a boolean', value);
}
