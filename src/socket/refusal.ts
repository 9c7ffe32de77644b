/** Refuses a listen the way Node itself fails. */
import { TYPE } from '../kernel/addon';
import { debug } from '../kernel/debug';
import { explainBind } from '../kernel/explain';
import { adviseOn } from '../machine/conflicts';
import { publishFailure } from '../runtime/listens';
import type { Answer } from '../runtime/lookup';
import type { Change } from '../runtime/redirect';
import type { Attempt } from './attempt';
import { recall } from './record';

/** As a failed lookup: Node still handles a newer listen, closing the server and emitting 'error'. */
export function refused(attempt: Attempt, error: Error): Change {
  return {
    ipv6Only: () => false,
    alone: true,
    port: 0,
    host: '::',
    lookup: (_host, answer) => {
      // Node looks up a host after the call, and emits a failure after that.
      if ('host' in attempt.options) process.nextTick(failLookup, attempt, error, answer);
      else failLookup(attempt, error, answer);
    },
  };
}

/** Makes `listen` throw, as Node does for invalid options. */
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

/** Completes the error of a listen on this port; a lookup error stays as it is. */
export function explainListen(error: unknown, port: unknown): void {
  const { syscall }: { syscall?: unknown } = Object(error);
  if (syscall !== 'listen' && syscall !== 'bind') return;
  explainBind(error, (code) => adviseOn(code, TYPE.stream, Number(port) || 0));
}
