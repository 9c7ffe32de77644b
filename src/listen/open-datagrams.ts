/** Binds all udp sockets of a plan on one port, or none. */
import type dgram from 'node:dgram';
import { TYPE } from '../kernel/addon';
import { verifyBound } from '../kernel/descriptor';
import { explainBind, explainTried } from '../kernel/explain';
import { abortError } from '../kernel/node-errors';
import { adviseOn } from '../machine/conflicts';
import { forDatagrams } from '../runtime/custom-lookup';
import { datagramDescriptor } from '../runtime/datagrams';
import { locateDatagram, setDatagram } from '../socket/datagram';
import type { Endpoint } from '../socket/endpoint';
import type { Plan } from './endpoints';
import { isAddressInUse, MOST_TRIES, noPortFree } from './port-for-all';
import type { CheckedBindUdpOptions, DatagramOptions } from './udp-options';

/** A socket and the endpoint it is bound to. */
export interface BoundDatagram {
  readonly socket: dgram.Socket;
  readonly endpoint: Endpoint;
}

interface OpenDatagrams {
  readonly port: number;
  readonly bound: readonly BoundDatagram[];
}

/**
 * All or nothing: bound sockets are closed before this throws. Of several ports, uses the first that is free on all
 * addresses.
 * @throws {Error} of the socket that can't be bound, on the last port; AbortError; from the iterator of the ports.
 */
export async function openDatagrams(plan: Plan, options: CheckedBindUdpOptions): Promise<OpenDatagrams> {
  const { ports, signal } = options;
  for (;;) {
    try {
      return await openOn(ports.port, plan, options);
    } catch (error) {
      if (signal?.aborted) throw abortError(signal.reason);
      if (isAddressInUse(error) && ports.next()) continue;
      explainBind(error, (code) => adviseOn(code, TYPE.datagram, ports.port));
      explainTried(error, ports.tried);
      throw error;
    }
  }
}

/**
 * With port 0 the kernel chooses the port of the first socket, and chooses again if it is taken in another family, at
 * most 64 times.
 */
async function openOn(port: number, { endpoints }: Plan, options: DatagramOptions): Promise<OpenDatagrams> {
  for (let tries = 1; ; tries++) {
    const bound: BoundDatagram[] = [];
    try {
      for (const endpoint of endpoints) {
        const socket = await openOne(endpoint, bound[0]?.socket.address().port ?? port, options);
        bound.push({ socket, endpoint });
      }
      return { port: bound[0]?.socket.address().port ?? 0, bound };
    } catch (error) {
      const chosen = port === 0 && bound.length > 0;
      for (const { socket } of bound) socket.close();
      if (!chosen || !isAddressInUse(error)) throw error;
      if (tries === MOST_TRIES) throw noPortFree(endpoints, 'bind');
    }
  }
}

async function openOne(
  { family, address, v6Only }: Endpoint,
  port: number,
  { reuseAddr, reusePort, exclusive, recvBufferSize, sendBufferSize, lookup }: DatagramOptions,
): Promise<dgram.Socket> {
  const { createSocket }: typeof dgram = require('node:dgram');
  // reusePort: in Node 22.12, 23.1 and later.
  const created: dgram.SocketOptions & { reusePort: boolean | undefined } = {
    type: family === 'IPv6' ? 'udp6' : 'udp4',
    reuseAddr,
    reusePort,
    ipv6Only: v6Only === true ? true : undefined,
    lookup: lookup === undefined ? undefined : forDatagrams(lookup),
  };
  const socket = createSocket(created);
  try {
    // dgram has no option for this.
    if (v6Only === false) setDatagram(socket, false);
    await bound(socket, { port, address, exclusive });
    const fd = locateDatagram(socket, 'getsockopt');
    if (v6Only !== null && typeof fd === 'number') verifyBound(fd, v6Only, 'bind');
    // As createSocket options, sizes that the system refuses would cause an uncaught exception.
    if (recvBufferSize !== undefined) socket.setRecvBufferSize(recvBufferSize);
    if (sendBufferSize !== undefined) socket.setSendBufferSize(sendBufferSize);
    return socket;
  } catch (error) {
    // A socket that isn't what was requested is already closed.
    if (datagramDescriptor(socket) !== 'closed') socket.close();
    throw error;
  }
}

function bound(socket: dgram.Socket, options: dgram.BindOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      socket.off('error', onError);
      resolve();
    };
    const onError = (error: Error): void => {
      socket.off('listening', onListening);
      reject(error);
    };
    socket.once('listening', onListening).once('error', onError);
    socket.bind(options);
  });
}
