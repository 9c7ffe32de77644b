/** Completes errors that Node or the kernel made: a reason, advice, the caller's frames. */
import { bindReason, isError, type Reason } from './errors';

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

/** Completes the error of the last of several ports. */
export function explainTried(error: unknown, ports: number): void {
  if (ports > 1 && isError(error))
    appendToMessage(error, `none of ${ports} ports was free; this was the last`);
}

const CALLER_FRAMES = 4;

/** Where a function was called, for errors that come later; nothing is written out until it is asked for. */
export function callerOf(called: (...args: never[]) => unknown): { stack?: string } {
  const caller: { stack?: string } = {};
  // Each frame costs; the first ones are those that are missing from the error's own.
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', CALLER_FRAMES);
  Error.captureStackTrace(caller, called);
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  return caller;
}

/** The error with the frames of the caller at the end of its stack, where they are not there already. */
export function withCaller(error: unknown, caller: { stack?: unknown }): unknown {
  // Error.prepareStackTrace may make anything of a stack.
  if (!isError(error) || typeof error.stack !== 'string' || typeof caller.stack !== 'string') return error;
  const frames = caller.stack.split('\n').slice(1);
  const line = /[^\s(]+:\d+(?=:\d+\)?$)/.exec(frames[0] ?? '')?.[0];
  if (line === undefined || error.stack.includes(`${line}:`)) return error;
  // False for an error that is frozen.
  Reflect.set(error, 'stack', [error.stack, ...frames].join('\n'));
  return error;
}

/** The stack repeats the message, and the stack is what an uncaught error prints. */
export function appendToMessage(error: Error, advice: string): void {
  const { message, stack } = error;
  error.message = `${message} (${advice})`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}
