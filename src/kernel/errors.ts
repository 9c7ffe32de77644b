import { getSystemErrorMap, getSystemErrorName, inspect, types } from 'node:util';

/** A stable word that says what happened; branch on it rather than on the message. */
export type Reason =
  | 'already-bound'
  | 'raw-socket'
  | 'mismatch'
  | 'not-ipv6'
  | 'not-a-socket'
  | 'closed'
  | 'not-open-yet'
  | 'reset'
  | 'no-ipv6'
  | 'resources'
  | 'bind-failed'
  | 'unsupported-platform'
  | 'unsupported-runtime'
  | 'not-visible';

/** What an error of the operating system is made of; `detail` is the part of the message after the code. */
export interface SystemErrorFields {
  code: string;
  syscall: string;
  reason: Reason;
  detail: string;
  address?: string | undefined;
  port?: number | undefined;
}

/**
 * An error of the operating system, in the shape of Node's own: `code` ('EINVAL'), `errno` (negative, this
 * system's number for the code), `syscall`, for an address `address` and `port`, and a `reason` to branch on.
 */
export class SystemError extends Error {
  /** Negative: this system's number for the code. */
  readonly errno: number;
  /** The name of the error, such as 'EINVAL'. */
  readonly code: string;
  /** What was asked of the system, such as 'setsockopt', 'bind' or 'listen'. */
  readonly syscall: string;
  /** The same on every system for the same mistake. */
  readonly reason: Reason;
  /** The address that was asked for, where there is one. */
  declare readonly address?: string;
  /** The port that was asked for, where there is one. */
  declare readonly port?: number;

  /** @internal */
  constructor({ code, syscall, reason, detail, address, port }: SystemErrorFields) {
    super(`${syscall} ${code}: ${detail}`);
    this.errno = errnoOf(code);
    this.code = code;
    this.syscall = syscall;
    if (address !== undefined) this.address = address;
    if (port !== undefined) this.port = port;
    this.reason = reason;
  }
}

/** The native addon is not to be had: `cause` is what loading it ended in. */
export class AddonUnavailableError extends Error {
  readonly code = 'ERR_ADDON_UNAVAILABLE';
  readonly reason: 'addon-missing' | 'addon-refused';

  constructor(reason: 'addon-missing' | 'addon-refused', message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** This system's negative number for a code. */
export function errnoOf(code: string): number {
  for (const [number, [name]] of getSystemErrorMap()) if (name === code) return number;
  return 0;
}

/** The name of a negative errno as Node spells it, such as 'EINVAL'. */
export function codeOf(errno: number): string {
  return getSystemErrorName(errno);
}

/** libuv's words for a negative errno, such as 'address already in use'. */
export function messageOf(errno: number): string {
  return getSystemErrorMap().get(errno)?.[1] ?? codeOf(errno);
}

const RESOURCES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
/** EPROTONOSUPPORT: a FreeBSD jail without IPv6. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT']);

/** Whether a failure to open an AF_INET6 socket means that the machine has no IPv6. */
export function meansNoIPv6(code: string): boolean {
  return NO_IPV6.has(code);
}

/** The reason for a code that came from opening or binding a socket. */
export function bindReason(code: string): Reason {
  if (RESOURCES.has(code)) return 'resources';
  return NO_IPV6.has(code) ? 'no-ipv6' : 'bind-failed';
}

export function closed(syscall: string, what: string): SystemError {
  return new SystemError({
    code: 'EBADF',
    syscall,
    reason: 'closed',
    detail: `bad file descriptor, ${what}`,
  });
}

export function notASocket(syscall: string, what: string): SystemError {
  const detail = `${what} is no network socket; pass a TCP or UDP socket over IPv6`;
  return new SystemError({ code: 'ENOTSOCK', syscall, reason: 'not-a-socket', detail });
}

export function notIPv6(syscall: string, detail: string, address?: string, port?: number): SystemError {
  return new SystemError({ code: 'ENOPROTOOPT', syscall, reason: 'not-ipv6', detail, address, port });
}

export function unsupportedRuntime(detail: string, syscall = 'setsockopt'): SystemError {
  return new SystemError({ code: 'ENOTSUP', syscall, reason: 'unsupported-runtime', detail });
}

/** The kernel's value is not the one asked for. */
export function mismatch(
  syscall: string,
  asked: boolean,
  found: boolean | null,
  where?: { readonly address: string; readonly port: number },
): SystemError {
  const state = found === null ? 'cannot be told' : `is ${Number(found)}`;
  const detail = `IPV6_V6ONLY ${Number(asked)} was asked for, but the kernel's value ${state}`;
  const hint = " (in a cluster, all workers share the first one's socket: ask for the same value in each)";
  return new SystemError({
    code: 'EINVAL',
    syscall,
    reason: 'mismatch',
    detail: detail + hint,
    address: where?.address,
    port: where?.port,
  });
}

/** Also an error of another realm: Jest and node:vm run this code beside an Error that is not Node's. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value);
}

/**
 * Completes an error that Node made for a system call of ours to cause: the reason, and advice in its message.
 * Anything that is not such an error, or that has a reason already, is left as it is.
 */
export function explain(error: unknown, reason: Reason, advice?: string): void {
  if (!isError(error) || 'reason' in error) return;
  if (!('errno' in error) || typeof error.errno !== 'number') return;
  if (advice !== undefined) appendToMessage(error, advice);
  Object.assign(error, { reason });
}

/** Completes an error of binding or listening, with what `adviseOn` knows of its code. */
export function explainBind(error: unknown, adviseOn?: (code: string) => string | undefined): void {
  if (!isError(error) || !('code' in error) || typeof error.code !== 'string') return;
  explain(error, bindReason(error.code), adviseOn?.(error.code));
}

/** The stack repeats the message, and the stack is what an uncaught error prints. */
export function appendToMessage(error: Error, advice: string): void {
  const { message, stack } = error;
  error.message = `${message} (${advice})`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/** As in Node's own messages. */
const LONGEST_SHOWN = 128;

/** Showing a value may run code of its own, or of Node for what only looks like Node's; that must not hide the error. */
function shown(value: unknown, depth?: number): string {
  try {
    const text = inspect(value, { depth });
    return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  } catch {
    return `an ${typeof value} that cannot be shown`;
  }
}

function received(value: unknown): string {
  if (value === undefined) return 'Received undefined';
  if (typeof value === 'object' || typeof value === 'function') return `Received ${shown(value, -1)}`;
  const text = shown(value);
  return `Received type ${typeof value} (${text.length > 40 ? `${text.slice(0, 40)}...` : text})`;
}

export function invalidArgType(name: string, expected: string, value: unknown): TypeError {
  const message = `The "${name}" argument must be ${expected}. ${received(value)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

export function invalidArgValue(name: string, value: unknown, problem: string): TypeError {
  const message = `The argument '${name}' ${problem}. Received ${shown(value)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** A frozen or sealed object, or a proxy that keeps what it has, where a method of its own is needed. */
export function cannotChange(name: string, value: unknown, key: string): TypeError {
  return invalidArgValue(name, value, `must let its '${key}' be replaced, and is frozen, sealed or a proxy`);
}

/** In the words of Node's own. */
export function badPort(name: string, value: unknown): RangeError {
  const message = `${name} should be >= 0 and < 65536. ${received(value)}.`;
  return Object.assign(new RangeError(message), { code: 'ERR_SOCKET_BAD_PORT' });
}

export function outOfRange(name: string, expected: string, value: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${expected}. Received ${shown(value)}`;
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/** Node's own error for a refused permission, for what Node itself cannot check because the addon does it. */
export function accessDenied(resource: string): Error {
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  return Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED', permission: 'Net', resource });
}

/** As Node's own: an operation that `signal`, or `close()`, ended before it was done. */
export function abortError(cause: unknown): Error {
  const error = new Error('The operation was aborted', { cause });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

/** Node's own for a second `listen()`. */
export function alreadyListening(): Error {
  const message = 'Listen method has been called more than once without closing.';
  return Object.assign(new Error(message), { code: 'ERR_SERVER_ALREADY_LISTEN' });
}
