/** Gives a server one socket, bound to one endpoint. */
import type { Server } from 'node:net';
import { FAMILY, TYPE } from '../kernel/addon';
import { isIPv6Wildcard } from '../kernel/address';
import { inspectDescriptor, verifyBound } from '../kernel/descriptor';
import { mismatch, otherSocket, unsupportedRuntime } from '../kernel/errors';
import { requireIPv4WildcardFree } from '../machine/conflicts';
import { findListenerOf } from '../machine/listeners';
import { isClusterWorker } from '../runtime/cluster';
import { serverDescriptor } from '../runtime/descriptors';
import type { Change } from '../runtime/redirect';
import { dropsIPv6OnlyWithoutHost } from '../runtime/support';
import type { Attempt } from '../socket/attempt';
import type { Binder } from '../socket/binder';
import type { Endpoint } from './endpoints';

interface ListenOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly exclusive?: unknown;
  readonly reusePort?: unknown;
}

export class EndpointBinder implements Binder {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  begin({ options }: Attempt): Change {
    return changeTo(this.#endpoint, options);
  }

  opened({ server }: Attempt): void {
    verifyEndpoint(server, this.#endpoint);
  }
}

/** What a `listen` becomes to bind this endpoint: in the call, and without going on to another address. */
function changeTo({ family, address, v6Only }: Endpoint, options: ListenOptions): Change {
  const { host, port, exclusive, reusePort } = options;
  if (v6Only === false && reusePort !== true) {
    requireIPv4WildcardFree({ syscall: 'listen', type: TYPE.stream, address, port: Number(port) || 0 });
  }
  const flag = { ipv6Only: () => v6Only === true };
  const shared = isClusterWorker() && exclusive !== true && reusePort !== true;
  const asStock = shared && !host && isIPv6Wildcard(address);
  // As stock Node asks the primary, or its other workers would not share the socket.
  if (asStock && !(v6Only && dropsIPv6OnlyWithoutHost(process.version))) return flag;
  const found = [{ address, family: family === 'IPv6' ? 6 : 4 }];
  return {
    ...flag,
    host: address,
    lookup: (_host, answer) => {
      // A host is looked up after the call.
      if (host) process.nextTick(answer, null, found);
      else answer(null, found);
    },
  };
}

/**
 * What the kernel has for an endpoint; null for an IPv4 socket, and where the socket cannot be seen from here.
 * @throws {SystemError} `mismatch`, where it has another than the one that was asked for.
 */
export function verifyEndpoint(server: Server, { family, v6Only }: Endpoint): boolean | null {
  const fd = serverDescriptor(server);
  if (typeof fd !== 'number') return verifyHidden(server, v6Only);
  if (v6Only !== null) return verifyBound(fd, v6Only, 'listen');
  const info = inspectDescriptor(fd, 'getsockopt');
  if (info.family !== FAMILY[family]) throw otherSocket('listen', server.address());
  return null;
}

/** A cluster primary's socket, which is looked up in the kernel. */
function verifyHidden(server: Server, v6Only: boolean | null): boolean | null {
  const found = findListenerOf(server);
  if (found === undefined && !isClusterWorker()) {
    throw unsupportedRuntime('the socket of this server cannot be found, so its option is unknown', 'listen');
  }
  if (found === undefined || v6Only === null) return null;
  if (found.v6Only === null) throw otherSocket('listen', server.address());
  if (isIPv6Wildcard(found.address) && found.v6Only !== v6Only)
    throw mismatch('listen', v6Only, found.v6Only, found);
  return found.v6Only;
}
