/** Gives a server the sockets of a rule: the first as its own, the others as companions. */
import type { Attempt } from '../socket/attempt';
import { RuleBinder } from '../socket/rule-binder';
import { joinMethods } from './joined-methods';
import { isAddressInUse, MOST_TRIES, noPortFree, portForAll } from './port-for-all';
import { hasEarlier, SecondSockets } from './second-sockets';

export class StackBinder extends RuleBinder {
  override opened(attempt: Attempt): void {
    super.opened(attempt);
    const others = attempt.endpoints.slice(1);
    if (others.length === 0 && !hasEarlier(attempt.server)) return;
    joinMethods(attempt.server);
    const seconds = new SecondSockets(attempt, (error) => this.#failed(attempt, error));
    attempt.companions = seconds;
    seconds.open(others);
  }

  /** The kernel chose a port that another family has taken: once more, or not at all. */
  #failed(attempt: Attempt, error: unknown): void {
    const { endpoints, tries, options } = attempt;
    const { port }: { port?: unknown } = options;
    const chosen = (Number(port) || 0) === 0 || tries > 0;
    if (!chosen || !isAddressInUse(error)) return attempt.fail(error);
    if (tries === MOST_TRIES) return attempt.fail(noPortFree(endpoints, 'listen'));
    attempt.again(portForAll(endpoints), tries + 1);
  }
}
