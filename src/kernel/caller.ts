/** Who called an asynchronous function, for errors that are made when that frame is gone: in a callback of Node's. */
import { isError } from './errors';

export class Caller {
  declare readonly stack: unknown;

  /** The stack begins at the caller of `called`. */
  constructor(called: (...args: never[]) => unknown) {
    Error.captureStackTrace(this, called);
  }

  /** Ends an error's stack with the caller's frames, where it does not show them. @returns the error. */
  shownIn(error: unknown): unknown {
    if (!isError(error) || typeof error.stack !== 'string' || typeof this.stack !== 'string') return error;
    const frames = this.stack.split('\n').slice(1);
    const place = /[^\s(]+:\d+(?=:\d+\)?$)/.exec(frames[0] ?? '')?.[0];
    if (place === undefined || error.stack.includes(`${place}:`)) return error;
    // False for an error that is frozen.
    Reflect.set(error, 'stack', [error.stack, ...frames].join('\n'));
    return error;
  }
}
