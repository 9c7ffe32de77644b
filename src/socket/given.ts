/** `listen(handle)`, `listen(socket)`, `listen(boundSocket)`, `listen({ fd })`: an existing socket. */
import { closed, SystemError, unsupportedRuntime } from '../kernel/errors';
import { currentPlatform, requireDescriptors } from '../kernel/platforms';
import { isClusterWorker } from '../runtime/cluster';
import { closeGiven, type Given, givenSocket } from '../runtime/given';
import type { Change } from '../runtime/redirect';
import type { Attempt } from './attempt';
import { failLookup } from './refusal';

export function isGiven(options: object): boolean {
  return givenSocket(options) !== undefined;
}

/**
 * Lets `take` set and check the socket before Node listens on it.
 * @throws {SystemError} from `take`; ENOTSUP `unsupported-runtime` for a descriptor in a cluster worker.
 */
export function adoptGiven(
  attempt: Attempt,
  options: object,
  take: (fd: number) => void,
): Change | undefined {
  const given = givenSocket(options);
  if (given === undefined) return undefined;
  if (given.kind === 'descriptor') {
    requireDescriptors('listen');
    return adoptDescriptor(attempt, given.fd, take);
  }
  // It is checked when it listens.
  if (given.kind === 'bound-socket' && !currentPlatform().hasDescriptors) return undefined;
  try {
    takeHandle(given, take);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // Node takes a BoundSocket immediately, whatever its options say: it is closed when it listens.
    if (given.kind === 'bound-socket') attempt.refusal = error;
    else {
      closeGiven(options);
      throw error;
    }
  }
  return undefined;
}

function takeHandle({ fd }: Given, take: (fd: number) => void): void {
  if (fd < 0) throw closed('listen', 'the handle has no socket');
  take(fd);
}

function adoptDescriptor(attempt: Attempt, fd: number, take: (fd: number) => void): Change {
  if (isClusterWorker()) throw descriptorOfPrimary();
  return adopting(attempt, () => {
    take(fd);
    return fd;
  });
}

/** Listens on the result of `open`, called when Node reads `fd`: it has checked the options by then. */
function adopting(attempt: Attempt, open: () => number): Change {
  let refusal: SystemError | undefined;
  return {
    ipv6Only: () => false,
    fd: () => {
      try {
        return open();
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        refusal = error;
        return undefined;
      }
    },
    port: 0,
    host: '::',
    lookup: (_host, answer) => {
      if (refusal !== undefined) failLookup(attempt, refusal, answer);
    },
  };
}

export function descriptorOfPrimary(): SystemError {
  return unsupportedRuntime(
    'in a cluster worker { fd } names a descriptor of the primary, not of this process; pass a handle instead, ' +
      'for example new net.Socket({ fd })',
  );
}
