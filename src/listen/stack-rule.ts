/** What each `listen()` of a server becomes under a stack: the sockets of a plan. */
import { otherSocket } from '../kernel/errors';
import type { Rule } from '../socket/rule-binder';
import { type PlannedEndpoint, planKnown, planNamed } from './endpoints';
import { type Choice, choiceOf, type Stack } from './stack';

/** For whatever host Node is given; the machine and the sysctl are looked at in each listen. */
export function stackRule(stack: Stack, chosenBy: string): Rule {
  return {
    ...fixed(stack, chosenBy),
    get v6Only() {
      return choiceOf(stack).v6Only;
    },
    known({ host }) {
      const name = host || '';
      return typeof name === 'string' ? planKnown(name, choiceOf(stack), 'listen')?.endpoints : undefined;
    },
    named: (name, found) => planNamed(name, found, choiceOf(stack), 'listen').endpoints,
  };
}

/** For sockets that are known beforehand, whatever host Node is given. */
export function endpointsRule(endpoints: readonly PlannedEndpoint[], { stack, v6Only }: Choice): Rule {
  return {
    ...fixed(stack, stack === undefined ? 'listen(server)' : `listen(server, { stack: '${stack}' })`),
    v6Only,
    known: () => endpoints,
    named: () => endpoints,
  };
}

type Fixed = Pick<Rule, 'stack' | 'chosenBy' | 'other' | 'opened' | 'openedOther'>;

/** What is the same for both: a socket or a path of the user's is as Node has it. */
function fixed(stack: Stack | undefined, chosenBy: string): Fixed {
  return {
    stack,
    chosenBy,
    other: () => undefined,
    opened: () => {},
    openedOther({ server, given }) {
      if (!given) throw otherSocket('listen', server.address());
    },
  };
}
