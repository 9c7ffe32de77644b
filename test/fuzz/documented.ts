/** Which exceptions may come out of a call: the documented ones, and what the caller's own code threw. */
import { expect } from 'vitest';
import type { Reason } from '../../src/kernel/errors';
import { errnoOf, SystemError } from '../../src/kernel/errors';
import { Thrown } from './hostile-values';

const { V6ONLY_TEST_SEED: givenSeed, V6ONLY_FUZZ_FACTOR: givenFactor = '1' } = process.env;

/** `npm run fuzz` makes more of everything, and other values each time. */
export const FACTOR = Number(givenFactor);
const SEED = Number(givenSeed ?? (FACTOR === 1 ? 20230428 : Date.now() % 2 ** 31));

/** Settings of a test; the seed is printed, and a failure prints it too, with the path to the shortest example. */
export function runs(numRuns: number, casesOfEach = 1): { numRuns: number; seed: number } {
  console.log(`V6ONLY_TEST_SEED=${SEED}: ${numRuns * casesOfEach} cases`);
  return { numRuns, seed: SEED };
}

const ARGUMENT_ERRORS: Readonly<Record<string, typeof TypeError | typeof RangeError>> = {
  ERR_INVALID_ARG_TYPE: TypeError,
  ERR_INVALID_ARG_VALUE: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SOCKET_BAD_PORT: RangeError,
};

/** The table of README; what the kernel says of a bind is its own. */
const CODES: Readonly<Record<Reason, RegExp>> = {
  'already-bound': /^EINVAL$/,
  'raw-socket': /^EINVAL$/,
  mismatch: /^EINVAL$/,
  'not-ipv6': /^ENOPROTOOPT$/,
  'not-a-socket': /^ENOTSOCK$/,
  closed: /^EBADF$/,
  'not-open-yet': /^EBADF$/,
  reset: /^ECONNRESET$/,
  'no-ipv6': /^EAFNOSUPPORT$/,
  resources: /^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/,
  'bind-failed': /^(EADDRNOTAVAIL|EADDRINUSE|EACCES)$/,
  'unsupported-platform': /^ENOTSUP$/,
  'unsupported-runtime': /^ENOTSUP$/,
  'not-visible': /^ENOTSUP$/,
};

/** What the engine says where a trap breaks the rules of proxies, or the proxy is revoked. */
function isOfProxies(error: unknown): boolean {
  return (
    error instanceof TypeError && !('code' in error) && /proxy|CreateListFromArrayLike/.test(error.message)
  );
}

function isDocumentedArgumentError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const type = ARGUMENT_ERRORS[String(error.code)];
  return type !== undefined && error instanceof type && error.message.length < 500;
}

function isDocumentedSystemError(error: unknown): boolean {
  if (!(error instanceof SystemError)) return false;
  const { code, errno, syscall, reason, message } = error;
  return CODES[reason]?.test(code) && errno === errnoOf(code) && message.startsWith(`${syscall} ${code}: `);
}

/** In Node's own accessors, where a getter of the caller's on `_handle` makes two reads of Node's disagree. */
function isOfNodesAccessors(error: unknown): boolean {
  if (!(error instanceof TypeError) || 'code' in error) return false;
  return /^\s+at [^\n]*\(node:(net|_tls_wrap|events):/.test(
    error.stack?.slice(error.stack.indexOf('\n') + 1) ?? '',
  );
}

/** Throws what came out unless it may; `others` are the codes that one call has besides. */
export function requireDocumented(error: unknown, others: readonly string[] = []): void {
  if (error instanceof Thrown || isOfProxies(error) || isOfNodesAccessors(error)) return;
  if (isDocumentedArgumentError(error) || isDocumentedSystemError(error)) return;
  if (error instanceof Error && 'code' in error && others.includes(String(error.code))) return;
  expect.fail(`not a documented error: ${error instanceof Error ? error.stack : String(error)}`);
}
