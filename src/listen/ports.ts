/** The ports that a caller accepts, in order. */
import { badPort, invalidArgType, invalidArgValue } from '../kernel/node-errors';
import { MAX_PORT } from '../kernel/options';

/** One port, as a number or in digits; or several, taken from an iterator one at a time. */
export class Ports {
  readonly #rest: Iterator<unknown> | undefined;
  #port: number;
  #tried = 1;

  /** @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE. @throws {RangeError} ERR_SOCKET_BAD_PORT. */
  constructor(port: unknown) {
    if (!isIterable(port)) {
      this.#port = port === undefined || port === null ? 0 : checkPort(port);
      return;
    }
    // An array is checked as a whole, so that an invalid last port fails even if it would never be tried.
    const ports = Array.isArray(port) ? Array.from(port, checkPort) : port;
    this.#rest = ports[Symbol.iterator]();
    const first = this.#rest.next();
    if (first.done) throw invalidArgValue('options.port', port, 'must name at least one port');
    this.#port = checkPort(first.value);
  }

  /** The port to try now. */
  get port(): number {
    return this.#port;
  }

  /** How many ports were tried. */
  get tried(): number {
    return this.#tried;
  }

  /** Advances to the next port. @returns false if there is none. @throws what the iterator throws, and as above. */
  next(): boolean {
    const next = this.#rest?.next();
    if (next === undefined || next.done) return false;
    this.#port = checkPort(next.value);
    this.#tried++;
    return true;
  }

  /** Closes the iterator: no more ports are needed. */
  end(): void {
    this.#rest?.return?.();
  }
}

/** A string is one port. */
function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function checkPort(port: unknown): number {
  if (typeof port !== 'number' && typeof port !== 'string')
    throw invalidArgType('options.port', 'a number, or an iterable of numbers', port);
  const number = portOf(port);
  if (number !== undefined) return number;
  throw badPort('options.port', port);
}

/** Like Node's validatePort: a numeric string is a port too, as in `process.env.PORT`. */
export function portOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isInteger(number) && number >= 0 && number <= MAX_PORT ? number : undefined;
}
