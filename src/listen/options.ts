/** What `listen(server, options)` may be told, and what `bindUdp(options)` shares. Nothing is coerced, nothing is ignored. */
import { badPort, invalidArgType, invalidArgValue, outOfRange } from '../kernel/node-errors';
import { checkSignal, MAX_PORT, requireKnown, type Unchecked } from '../kernel/options';
import { isStack, STACKS, type Stack } from './stack';

/** Whether a family that the machine does not have may be left out. */
export type Required = 'any' | 'both';

const REQUIRED: readonly unknown[] = ['any', 'both'] satisfies Required[];
const MAX_BACKLOG = 2 ** 31 - 1;

export interface CommonOptions {
  /** 0 or absent for any free port, the same on every socket. */
  port?: number | string | undefined;
  /** Absent for the wildcards; a name (every address it has), an address, or several of these. */
  host?: string | readonly string[] | undefined;
  /** `'split'` (the default): IPv6-only and IPv4 sockets. `'ipv6'`: IPv6 only. `'dual'`: one socket for both.
   * `'system'`: as the sysctl says. */
  stack?: Stack | undefined;
  /** `'any'` (the default) does without a family that the machine does not have; `'both'` does not. */
  required?: Required | undefined;
  /** Closes what was opened when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** What `listen` may be told. */
export interface ListenOptions extends CommonOptions {
  /** Of each socket, as Node's. */
  backlog?: number | undefined;
  /** In a cluster worker: sockets of its own, instead of those of the primary. */
  exclusive?: boolean | undefined;
  /** SO_REUSEPORT, in Node versions and on systems that know it. */
  reusePort?: boolean | undefined;
}

export interface CheckedOptions {
  readonly port: number;
  /** Empty for the wildcards. */
  readonly hosts: readonly string[];
  readonly stack: Stack;
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

/** @throws {TypeError} for what `listen` does not know. @throws {RangeError} for a bad port. */
export function checkListenOptions(options: unknown): CheckedListenOptions {
  requireKnown('options', options, LISTEN);
  const { backlog, exclusive, reusePort } = options;
  // Written out, since spreading takes a twentieth of a listen.
  const { port, hosts, stack, required, signal } = checkCommon(options);
  return {
    port,
    hosts,
    stack,
    required,
    signal,
    backlog: checkBacklog(backlog),
    exclusive: checkBoolean('exclusive', exclusive),
    reusePort: checkBoolean('reusePort', reusePort),
  };
}

export function checkCommon({
  port,
  host,
  stack = 'split',
  required = 'any',
  signal,
}: Unchecked): CheckedOptions {
  if (!isStack(stack)) throw invalidArgValue('options.stack', stack, `must be one of ${STACKS.join(', ')}`);
  if (!isRequired(required))
    throw invalidArgValue('options.required', required, `must be one of ${REQUIRED.join(', ')}`);
  if (stack === 'ipv6' && required === 'both' && isAbsent(host)) {
    throw invalidArgValue('options.required', required, "contradicts the stack 'ipv6'");
  }
  return { port: checkPort(port), hosts: checkHosts(host), stack, required, signal: checkSignal(signal) };
}

function isRequired(value: unknown): value is Required {
  return REQUIRED.includes(value);
}

function isInteger(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

/** As Node's validatePort: a numeric string is a port too, since that is what `process.env.PORT` is. */
function checkPort(port: unknown): number {
  if (port === undefined || port === null) return 0;
  if (typeof port !== 'number' && typeof port !== 'string')
    throw invalidArgType('options.port', 'a number', port);
  const number = portOf(port);
  if (number !== undefined) return number;
  throw badPort('options.port', port);
}

export function portOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const port = Number(value);
  return isInteger(port, MAX_PORT) ? port : undefined;
}

function checkBacklog(backlog: unknown): number | undefined {
  if (backlog === undefined || isInteger(backlog, MAX_BACKLOG)) return backlog;
  if (typeof backlog !== 'number') throw invalidArgType('options.backlog', 'a number', backlog);
  throw outOfRange('options.backlog', `an integer >= 0 and <= ${MAX_BACKLOG}`, backlog);
}

function isAbsent(host: unknown): boolean {
  return host === undefined || host === null || host === '';
}

function checkHosts(host: unknown): string[] {
  if (isAbsent(host)) return [];
  // Not the array's own map, which passes holes over and may be anybody's.
  const hosts = Array.from(Array.isArray(host) ? host : [host], checkHost);
  if (hosts.length > 0) return hosts;
  throw invalidArgValue('options.host', host, 'must not be empty; leave it out for the wildcards');
}

function checkHost(host: unknown): string {
  if (typeof host === 'string' && host !== '') return host;
  throw invalidArgType('options.host', 'a string or an array of them', host);
}

export function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidArgType(`options.${name}`, 'a boolean', value);
}
