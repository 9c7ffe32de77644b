/** Binds every udp socket of a plan on one port, or none. */
import type dgram from 'node:dgram';
import { verifyBound } from '../kernel/descriptor';
import { explainBind } from '../kernel/explain';
import { datagramDescriptor } from '../runtime/datagrams';
import { locateDatagram, setDatagram } from '../socket/datagram';
import type { Endpoint } from '../socket/endpoint';
import type { Plan } from './endpoints';
import { isAddressInUse, MOST_TRIES, noPortFree } from './port-for-all';

interface OpenDatagrams {
  readonly port: number;
  readonly sockets: dgram.Socket[];
}

/**
 * All or nothing: what was bound is closed again before this throws. With port 0 the kernel chooses the port of the first
 * socket, and where another family has it taken it chooses again, at most 64 times.
 * @throws {Error} of the socket that cannot be bound.
 */
export async function openDatagrams(
  { endpoints }: Plan,
  port: number,
  reuseAddr: boolean | undefined,
): Promise<OpenDatagrams> {
  for (let tries = 1; ; tries++) {
    const sockets: dgram.Socket[] = [];
    try {
      for (const endpoint of endpoints) {
        sockets.push(await openOne(endpoint, sockets[0]?.address().port ?? port, reuseAddr));
      }
      return { port: sockets[0]?.address().port ?? 0, sockets };
    } catch (error) {
      explainBind(error);
      const chosen = port === 0 && sockets.length > 0;
      for (const socket of sockets) socket.close();
      if (!chosen || !isAddressInUse(error)) throw error;
      if (tries === MOST_TRIES) throw noPortFree(endpoints, 'bind');
    }
  }
}

async function openOne(
  { family, address, v6Only }: Endpoint,
  port: number,
  reuseAddr: boolean | undefined,
): Promise<dgram.Socket> {
  const { createSocket }: typeof dgram = require('node:dgram');
  const ipv6Only = v6Only === true ? true : undefined;
  const socket = createSocket({ type: family === 'IPv6' ? 'udp6' : 'udp4', reuseAddr, ipv6Only });
  try {
    // dgram has no option for it.
    if (v6Only === false) setDatagram(socket, false);
    await bound(socket, { port, address });
    const fd = locateDatagram(socket, 'getsockopt');
    if (v6Only !== null && typeof fd === 'number') verifyBound(fd, v6Only, 'bind');
    return socket;
  } catch (error) {
    explainBind(error);
    // One that is not what was asked for has been closed.
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
