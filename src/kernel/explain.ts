/** Adds a reason, advice and the caller's frames to errors that Node or the kernel made. */
import { bindReason, isError, type Reason } from './errors';

/**
 * Adds a reason, and advice in the message, to an error that Node made for a system call.
 * Anything that isn't such an error, or already has a reason, is left unchanged.
 */
export function explain(error: unknown, reason: Reason, advice?: string): void {
  if (!isError(error) || 'reason' in error) return;
  if (!('errno' in error) || typeof error.errno !== 'number') return;
  if (advice !== undefined) appendToMessage(error, advice);
  Object.assign(error, { reason });
}

/** Completes an error of binding or listening, with the advice of `adviseOn` for its code. */
export function explainBind(error: unknown, adviseOn?: (code: string) => string | undefined): void {
  if (!isError(error) || !('code' in error) || typeof error.code !== 'string') return;
  explain(error, bindReason(error.code), adviseOn?.(error.code));
}

/** Completes the error for the last of several ports. */
export function explainTried(error: unknown, ports: number): void {
  if (ports > 1 && isError(error))
    appendToMessage(error, `none of ${ports} ports was free; this was the last`);
}

const CALLER_FRAMES = 4;

/** Where a function was called, for later errors; not formatted until it is read. */
export function callerOf(called: (...args: never[]) => unknown): { stack?: string } {
  const caller: { stack?: string } = {};
  // Each frame costs; the first ones are missing from the error's own.
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', CALLER_FRAMES);
  Error.captureStackTrace(caller, called);
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  return caller;
}

/** The error with the caller's frames at the end of its stack, unless they are already there. */
export function withCaller(error: unknown, caller: { stack?: unknown }): unknown {
  // Error.prepareStackTrace may turn a stack into anything.
  if (!isError(error) || typeof error.stack !== 'string' || typeof caller.stack !== 'string') return error;
  const frames = caller.stack.split('\n').slice(1);
  const line = /[^\s(]+:\d+(?=:\d+\)?$)/.exec(frames[0] ?? '')?.[0];
  if (line === undefined || error.stack.includes(`${line}:`)) return error;
  // False for an error that is frozen.
  Reflect.set(error, 'stack', [error.stack, ...frames].join('\n'));
  return error;
}

/** The stack repeats the message, and an uncaught error prints the stack. */
export function appendToMessage(error: Error, advice: string): void {
  const { message, stack } = error;
  error.message = `${message} (${advice})`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}
