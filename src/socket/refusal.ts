/** How a listen is refused, in Node's own ways of failing. */
import { TYPE } from '../kernel/addon';
import { debug } from '../kernel/debug';
import { explainBind } from '../kernel/explain';
import { adviseOn } from '../machine/conflicts';
import { publishFailure } from '../runtime/listens';
import type { Answer } from '../runtime/lookup';
import type { Change } from '../runtime/redirect';
import type { Attempt } from './attempt';
import { recall } from './record';

/** As a look-up that fails: superseding it, closing the server and emitting 'error' stay Node's business. */
export function refused(attempt: Attempt, error: Error): Change {
  return {
    ipv6Only: () => false,
    alone: true,
    port: 0,
    host: '::',
    lookup: (_host, answer) => {
      // A host is looked up after the call, and what fails then is emitted after that.
      if ('host' in attempt.options) process.nextTick(failLookup, attempt, error, answer);
      else failLookup(attempt, error, answer);
    },
  };
}

/** In the call of `listen`, as Node throws for options that it refuses. */
export function thrown(error: unknown): Change {
  return {
    ipv6Only: () => {
      throw error;
    },
  };
}

export function failLookup({ server }: Attempt, error: Error, answer: Answer): void {
  debug?.(`is refused: ${error}`);
  const attempt = recall(server)?.attempt;
  process.nextTick(() => {
    if (recall(server)?.attempt === attempt) publishFailure(server, error);
    answer(error, []);
  });
}

/** Completes the error of a listen on this port; that of a failed look-up stays as it is. */
export function explainListen(error: unknown, port: unknown): void {
  const { syscall }: { syscall?: unknown } = Object(error);
  if (syscall !== 'listen' && syscall !== 'bind') return;
  explainBind(error, (code) => adviseOn(code, TYPE.stream, Number(port) || 0));
}
