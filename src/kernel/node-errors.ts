/** Errors with the classes, codes and wording of Node's own (lib/internal/errors.js). */
import { inspect } from 'node:util';

/** As in Node's own messages. */
const LONGEST_SHOWN = 128;

/** Inspecting a value may run its own code and throw; that must not hide the error. */
function shown(value: unknown, depth?: number): string {
  try {
    const text = inspect(value, { depth });
    return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  } catch {
    return `an ${typeof value} that cannot be inspected`;
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

/** A frozen or sealed object, or a proxy that refuses changes, but needs an own method. */
export function cannotChange(name: string, value: unknown, key: string): TypeError {
  return invalidArgValue(
    name,
    value,
    `must allow its '${key}' to be replaced, but is frozen, sealed or a proxy`,
  );
}

/** Node's error for what a user's lookup returns. */
export function invalidAddress(address: unknown): TypeError {
  return Object.assign(new TypeError(`Invalid IP address: ${shown(address)}`), {
    code: 'ERR_INVALID_IP_ADDRESS',
  });
}

/** Worded like Node's own. */
export function badPort(name: string, value: unknown, least: 0 | 1 = 0): RangeError {
  const message = `${name} should be ${least === 0 ? '>= 0' : '> 0'} and < 65536. ${received(value)}.`;
  return Object.assign(new RangeError(message), { code: 'ERR_SOCKET_BAD_PORT' });
}

export function outOfRange(name: string, expected: string, value: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${expected}. Received ${shown(value)}`;
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/** Node's error for a refused permission, for what Node can't check because the addon does it. */
export function accessDenied(resource: string): Error {
  const message = 'Access to this API has been restricted. Use --allow-net to manage permissions.';
  return Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED', permission: 'Net', resource });
}

/** Like Node's own, for an operation that `signal` or `close()` ended early. */
export function abortError(cause: unknown): Error {
  const error = new Error('The operation was aborted', { cause });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

/** Node's error for a second `listen()`. */
export function alreadyListening(): Error {
  const message = 'Listen method has been called more than once without closing.';
  return Object.assign(new Error(message), { code: 'ERR_SERVER_ALREADY_LISTEN' });
}

/** The cause of an AbortError. */
export function primaryGone(): Error {
  return new Error('this worker was disconnected from its cluster primary, which owns the sockets');
}
