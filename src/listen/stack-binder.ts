/** Gives a server the sockets of a plan: the first as its own, the others as companions. */
import type { Server } from 'node:net';
import { mismatch } from '../kernel/errors';
import { serverAddress } from '../runtime/descriptors';
import type { Change } from '../runtime/redirect';
import type { Attempt } from '../socket/attempt';
import type { Binder } from '../socket/binder';
import { recall } from '../socket/record';
import { EndpointBinder, verifyEndpoint } from './endpoint-binder';
import type { Endpoint } from './endpoints';
import { joinMethods } from './joined-methods';
import type { ListeningSocket } from './listen';
import { isAddressInUse, MOST_TRIES, noPortFree, portForAll } from './port-for-all';
import { hasEarlier, SecondSockets } from './second-sockets';

export class StackBinder implements Binder {
  readonly #endpoints: readonly Endpoint[];
  /** How many ports the kernel has chosen that another family had taken. */
  readonly #tries: number;

  constructor(endpoints: readonly Endpoint[], tries = 0) {
    this.#endpoints = endpoints;
    this.#tries = tries;
  }

  begin(attempt: Attempt): Change | undefined {
    const [first] = this.#endpoints;
    return first === undefined ? undefined : new EndpointBinder(first).begin(attempt);
  }

  opened(attempt: Attempt): void {
    const { server } = attempt;
    const [first, ...others] = this.#endpoints;
    if (first === undefined) return;
    verifyEndpoint(server, first);
    requireSameChoice(attempt, first, others.length > 0);
    if (others.length > 0 || hasEarlier(server)) this.#openOthers(attempt, others);
  }

  #openOthers(attempt: Attempt, others: readonly Endpoint[]): void {
    joinMethods(attempt.server);
    const seconds = new SecondSockets(attempt, (error) => this.#failed(attempt, error));
    attempt.companions = seconds;
    seconds.open(others);
  }

  /** The kernel chose a port that another family has taken: once more, or not at all. */
  #failed(attempt: Attempt, error: unknown): void {
    const { port }: { port?: unknown } = attempt.options;
    const chosen = (Number(port) || 0) === 0 || this.#tries > 0;
    if (!chosen || !isAddressInUse(error)) return attempt.fail(error);
    if (this.#tries === MOST_TRIES) return attempt.fail(noPortFree(this.#endpoints, 'listen'));
    attempt.again(new StackBinder(this.#endpoints, this.#tries + 1), portForAll(this.#endpoints));
  }
}

/** `setV6Only` may have been called since this listen began, and the later call counts. */
function requireSameChoice({ server, chosen }: Attempt, { v6Only }: Endpoint, several: boolean): void {
  const now = recall(server)?.v6Only;
  if (now === undefined || now === chosen) return;
  if (several || v6Only !== now) throw mismatch('listen', now, several ? null : v6Only);
}

/** What a server listens on, as read from the kernel; in the order of the endpoints. */
export function openedSockets(attempt: Attempt, endpoints: readonly Endpoint[]): ListeningSocket[] {
  const { server, companions } = attempt;
  const servers = [server, ...(companions instanceof SecondSockets ? companions.servers : [])];
  return servers.flatMap((one, index) => {
    const endpoint = endpoints[index];
    return endpoint === undefined ? [] : [describeOpened(one, endpoint)];
  });
}

function describeOpened(server: Server, endpoint: Endpoint): ListeningSocket {
  const { address, port } = serverAddress(server) ?? { address: endpoint.address, port: 0 };
  const v6Only = verifyEndpoint(server, endpoint);
  return { family: endpoint.family, address, port, v6Only };
}
