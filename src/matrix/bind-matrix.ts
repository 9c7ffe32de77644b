import { addon } from '../kernel/addon';
import { abortError, accessDenied } from '../kernel/node-errors';
import { checkSignal, requireKnown } from '../kernel/options';
import { currentPlatform } from '../kernel/platforms';
import { networkDenied } from '../runtime/permission';
import { requireSupport } from '../runtime/support';
import { BINDS, type BindMatrix, type BindMatrixRow, PROTOCOLS, REUSES } from './bind-outcome';
import type { Pair } from './bind-pair';

/** Options of `bindMatrix`. */
export interface BindMatrixOptions {
  /** Ends the trials, with an AbortError, before the next pair. */
  signal?: AbortSignal | undefined;
}

/**
 * Measures what this kernel does with two sockets on one port: every ordered pair of six binds, for TCP and UDP,
 * without a reuse option, with SO_REUSEADDR and with SO_REUSEPORT on both. The first one listens before the second
 * binds. Takes about a second, on free ports, on loopback and (for the wildcards) briefly on every address of this
 * machine; sends to loopback only, and leaves nothing behind.
 *
 * Each trial uses a port that was free in both families just before, and a refusal counts if two ports agree on it, so
 * that another program's socket is not mistaken for one. An address that this machine doesn't have is an error code in
 * its rows, not an exception.
 *
 * @param options - `{ signal }` to stop early.
 * @returns `platform`, `release`, `binds` (the six) and `rows`, one for each of the 216 trials.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE.
 * @throws {SystemError} `resources`; EADDRINUSE `bind-failed` if no two ports agreed; `unsupported-platform`,
 * `unsupported-runtime`.
 * @throws {Error} AbortError; ERR_ADDON_UNAVAILABLE; ERR_ACCESS_DENIED of Node's permission model.
 * @category Look at the machine
 * @example
 * ```js
 * const { bindMatrix } = require('v6only');
 *
 * bindMatrix().then(({ rows }) => {
 *   const { bind2, listen2, to127001, to1 } = rows.find(
 *     ({ protocol, reuse, first, second }) =>
 *       protocol === 'tcp' && reuse === 'none' && first === '0.0.0.0' && second === '[::] v6only=1',
 *   );
 *   console.log({ bind2, listen2, to127001, to1 });
 * });
 * ```
 *
 * ```
 * { bind2: 'ok', listen2: 'ok', to127001: 'first', to1: 'second' }
 * ```
 */
export async function bindMatrix(options: BindMatrixOptions = {}): Promise<BindMatrix> {
  requireKnown('options', options, ['signal']);
  const signal = checkSignal(options['signal']);
  currentPlatform();
  addon();
  requireSupport('bindMatrix', 'bind');
  if (networkDenied()) throw accessDenied('::');
  const { release }: typeof import('node:os') = require('node:os');
  // Loaded on demand, because few programs need it.
  const { settlePair } = await import('./bind-pair');
  const rows: BindMatrixRow[] = [];
  for (const pair of allPairs()) {
    if (signal?.aborted) throw abortError(signal.reason);
    const { protocol, reuse, first, second } = pair;
    rows.push({ protocol, reuse, first: first.name, second: second.name, ...(await settlePair(pair)) });
  }
  return { platform: process.platform, release: release(), binds: BINDS.map((bind) => ({ ...bind })), rows };
}

function* allPairs(): Generator<Pair> {
  for (const protocol of PROTOCOLS)
    for (const reuse of REUSES)
      for (const first of BINDS) for (const second of BINDS) yield { protocol, reuse, first, second };
}
