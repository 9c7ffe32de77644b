/** Gives a server the sockets of a plan: the first as its own, the rest as companions. */
import { otherSocket } from '../kernel/errors';
import type { FoundAddress } from '../runtime/lookup';
import type { Attempt } from '../socket/attempt';
import type { Endpoint } from '../socket/endpoint';
import { EndpointBinder, type ListenOptions } from '../socket/endpoint-binder';
import { verifySocket } from '../socket/verify';
import { type PlannedEndpoint, planKnown, planNamed } from './endpoints';
import { joinMethods } from './joined-methods';
import { isAddressInUse, MOST_TRIES, noPortFree, portForAll } from './port-for-all';
import { hasEarlier, SecondSockets } from './second-sockets';
import { type Choice, choiceOf, type Stack } from './stack';

abstract class PlanBinder extends EndpointBinder {
  /** A socket or path given by the user is left to Node. */
  other(): undefined {}

  openedFirst(attempt: Attempt, first: Endpoint): void {
    attempt.socket = verifySocket(attempt.server, first);
  }

  openedOther({ server, given }: Attempt): void {
    if (!given) throw otherSocket('listen', server.address());
  }

  override opened(attempt: Attempt): void {
    super.opened(attempt);
    const others = attempt.endpoints.slice(1);
    if (others.length === 0 && !hasEarlier(attempt.server)) return;
    joinMethods(attempt.server);
    const seconds = new SecondSockets(attempt, (error) => this.#failed(attempt, error));
    attempt.companions = seconds;
    seconds.open(others);
  }

  /** If the kernel chose a port that is taken in another family, tries again; otherwise fails. */
  #failed(attempt: Attempt, error: unknown): void {
    const { endpoints, tries, options } = attempt;
    const { port }: { port?: unknown } = options;
    const chosen = (Number(port) || 0) === 0 || tries > 0;
    if (!chosen || !isAddressInUse(error)) return attempt.fail(error);
    if (tries === MOST_TRIES) return attempt.fail(noPortFree(endpoints, 'listen'));
    attempt.again(portForAll(endpoints), tries + 1);
  }
}

/** For any host given to Node; the machine and the sysctl are checked at each listen. */
export class StackBinder extends PlanBinder {
  readonly stack: Stack;
  readonly chosenBy: string;

  constructor(stack: Stack, chosenBy: string) {
    super();
    this.stack = stack;
    this.chosenBy = chosenBy;
  }

  get v6Only(): boolean {
    return choiceOf(this.stack).v6Only;
  }

  known({ host }: ListenOptions): readonly PlannedEndpoint[] | undefined {
    const name = host || '';
    return typeof name === 'string' ? planKnown(name, choiceOf(this.stack), 'listen')?.endpoints : undefined;
  }

  named(name: string, found: readonly FoundAddress[]): readonly PlannedEndpoint[] {
    return planNamed(name, found, choiceOf(this.stack), 'listen').endpoints;
  }
}

/** For sockets known in advance, whatever host Node is given. */
export class EndpointsBinder extends PlanBinder {
  readonly v6Only: boolean;
  readonly stack: Stack | undefined;
  readonly #endpoints: readonly PlannedEndpoint[];

  constructor(endpoints: readonly PlannedEndpoint[], { stack, v6Only }: Choice) {
    super();
    this.v6Only = v6Only;
    this.stack = stack;
    this.#endpoints = endpoints;
  }

  get chosenBy(): string {
    return this.stack === undefined ? 'listen(server)' : `listen(server, { stack: '${this.stack}' })`;
  }

  known(): readonly PlannedEndpoint[] {
    return this.#endpoints;
  }

  named(): readonly PlannedEndpoint[] {
    return this.#endpoints;
  }
}
