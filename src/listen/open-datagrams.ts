/** Binds every udp socket of a plan on one port, or none. */
import type dgram from 'node:dgram';
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { openSocket, setDescriptor, verifyBound } from '../kernel/descriptor';
import { addressInUse, explainBind, isError, openFailed, type SystemError } from '../kernel/errors';
import { canInterceptDatagram, datagramDescriptor } from '../runtime/datagrams';
import { locateDatagram, setDatagram } from '../socket/datagram';
import type { Endpoint, Plan } from './endpoints';

const MOST_TRIES = 64;

/**
 * All or nothing: what was bound is closed again before this throws. With port 0 the kernel chooses the port of the first
 * socket, and where another family has it taken it chooses again, at most 64 times.
 * @throws {Error} of the socket that cannot be bound.
 */
export async function openDatagrams(
  { endpoints }: Plan,
  port: number,
  reuseAddr: boolean | undefined,
): Promise<dgram.Socket[]> {
  for (let tries = 1; ; tries++) {
    const sockets: dgram.Socket[] = [];
    try {
      for (const endpoint of endpoints) {
        sockets.push(await openOne(endpoint, sockets[0]?.address().port ?? port, reuseAddr));
      }
      return sockets;
    } catch (error) {
      const chosen = port === 0 && sockets.length > 0;
      for (const socket of sockets) socket.close();
      if (!chosen || !isAddressInUse(error)) throw error;
      if (tries === MOST_TRIES) throw noPortFree(endpoints);
    }
  }
}

function isAddressInUse(error: unknown): boolean {
  return isError(error) && 'code' in error && error.code === 'EADDRINUSE';
}

function noPortFree(endpoints: readonly Endpoint[]): SystemError {
  const addresses = endpoints.map(({ address }) => address).join(' and ');
  const detail = `no port was free on ${addresses} in ${MOST_TRIES} attempts; name a port`;
  return addressInUse('bind', detail, { port: 0 });
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
    await bound(socket, v6Only === false ? dualStack(socket, address, port, reuseAddr) : { port, address });
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

/** dgram has no option for it; where its state is hidden too, the socket is bound here and handed over. */
function dualStack(
  socket: dgram.Socket,
  address: string,
  port: number,
  reuseAddr: boolean | undefined,
): dgram.BindOptions {
  if (canInterceptDatagram(socket)) {
    setDatagram(socket, false);
    return { port, address };
  }
  const fd = openSocket(FAMILY.IPv6, TYPE.datagram, 'bind');
  try {
    setDescriptor(fd, false);
    const prepared = reuseAddr ? addon().setReuse(fd, REUSE.address) : 0;
    const failed = prepared || addon().bind(fd, address, port);
    if (failed !== 0) throw openFailed(failed, 'bind', `${address}:${port}`);
    return { fd, exclusive: true };
  } catch (error) {
    addon().close(fd);
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
