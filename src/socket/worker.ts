/** In a cluster worker the primary opens the sockets: the option goes into the question, the answer is read. */
import type dgram from 'node:dgram';
import { Server } from 'node:net';
import { verifyBound } from '../kernel/descriptor';
import { explainBind, SystemError, unsupportedRuntime } from '../kernel/errors';
import {
  interceptPrimaryQueries,
  isClusterWorker,
  type PrimaryQuery,
  type PrimaryReply,
} from '../runtime/cluster';
import { isDatagramSocket, markUnbound } from '../runtime/datagrams';
import { beforeErrorOfThisTick, failListen } from '../runtime/failures';
import { withIPv6Only } from '../runtime/flags';
import type { ListenHandle } from '../runtime/handles';
import { listenGeneration } from '../runtime/servers';
import { datagramValue } from './datagram';
import { type Chosen, isChosen, type Remembered, recall } from './remembered';
import { chooseAddress } from './server';

type Ask = (query: PrimaryQuery, reply: PrimaryReply) => void;

let joined = false;

/** Makes this worker's questions to the primary carry what was remembered; does nothing outside a worker. */
export function joinCluster(): void {
  if (joined || !isClusterWorker()) return;
  joined = true;
  interceptPrimaryQueries((owner, query, reply, ask) => {
    const memory = recall(owner);
    if (memory?.plan !== undefined) return memory.plan.askPrimary(query, reply, ask);
    const put: Ask = (q, r) => ask(owner, q, r);
    if (memory !== undefined && isDatagramSocket(owner)) askForDatagram(owner, memory, query, reply, put);
    else if (memory !== undefined && isChosen(memory) && owner instanceof Server) {
      askForServer(owner, memory, query, reply, put);
    } else put(query, reply);
  });
}

function isDescriptor(query: PrimaryQuery): boolean {
  return typeof query.fd === 'number' && query.fd >= 0;
}

function descriptorRefused(): SystemError {
  return unsupportedRuntime(
    'in a cluster worker { fd } names a descriptor of the primary, not of this process; pass a handle instead, ' +
      'for example new net.Socket({ fd })',
  );
}

function askForServer(
  server: Server,
  memory: Chosen,
  query: PrimaryQuery,
  reply: PrimaryReply,
  ask: Ask,
): void {
  if (isDescriptor(query)) return failListen(server, descriptorRefused());
  chooseAddress(server, memory, query, (address) => {
    const flags = withIPv6Only(query.flags, memory.v6Only);
    const generation = listenGeneration(server);
    memory.askedOfPrimary = memory.v6Only;
    ask({ ...query, address, addressType: 6, flags }, (error, handle) => {
      const superseded = generation !== listenGeneration(server);
      // There is no handle for Node to close.
      if (error && superseded) return;
      beforeErrorOfThisTick(server, (failure) => explainBind(failure));
      memory.tookPrimarys = false;
      reply(error, handle);
      // Node has found another port on it than it asked for (lib/net.js, checkBindError), and drops it. The primary
      // would hold it for as long as it lives.
      if (!superseded && !memory.tookPrimarys) handle?.close();
    });
  });
}

function askForDatagram(
  socket: dgram.Socket,
  memory: Remembered,
  query: PrimaryQuery,
  reply: PrimaryReply,
  ask: Ask,
): void {
  const v6Only = datagramValue(memory, query.address);
  if (v6Only === undefined) return ask(query, reply);
  if (isDescriptor(query)) return refuseDatagram(socket, descriptorRefused());
  // Node has no flag for false (libuv's only says "IPv6 only"), so the answer decides.
  const flags = (query.flags ?? 0) | withIPv6Only(0, v6Only);
  ask({ ...query, flags }, (error, handle) => {
    const refused = handle ? differs(handle, v6Only) : null;
    if (refused !== null) {
      handle?.close();
      return refuseDatagram(socket, refused);
    }
    beforeErrorOfThisTick(socket, (failure) => explainBind(failure));
    reply(error, handle);
  });
}

function differs(handle: ListenHandle, v6Only: boolean): SystemError | null {
  try {
    if (handle.fd !== undefined) verifyBound(handle.fd, v6Only, 'bind');
    return null;
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}

function refuseDatagram(socket: dgram.Socket, error: SystemError): void {
  markUnbound(socket);
  process.nextTick(() => socket.emit('error', error));
}
