/** Finds a port that is free on several addresses at once. */
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { addressInUse, isError, type SystemError } from '../kernel/errors';
import type { Endpoint } from '../socket/endpoint';

/** The kernel won't choose this many ports in a row that are all taken in another family. */
export const MOST_TRIES = 64;

export function isAddressInUse(error: unknown): boolean {
  return isError(error) && 'code' in error && error.code === 'EADDRINUSE';
}

export function noPortFree(endpoints: readonly Endpoint[], syscall: string): SystemError {
  const addresses = endpoints.map(({ address }) => address).join(' and ');
  const detail = `no port was free on ${addresses} in ${MOST_TRIES} attempts; name a port`;
  return addressInUse(syscall, detail, { port: 0 });
}

/**
 * Asks the kernel for a port starting with the last endpoint, the one on which the first one's port was taken: Linux
 * hands out all odd or all even ports first (net/ipv4/inet_connection_sock.c, inet_csk_find_open_port), which may be
 * exactly the taken ones. The port is released, so another program may take it first.
 * @returns undefined if none was found.
 */
export function portForAll(endpoints: readonly Endpoint[]): number | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = tryOnce(endpoints);
    if (port !== undefined) return port;
  }
  return undefined;
}

function tryOnce(endpoints: readonly Endpoint[]): number | undefined {
  const opened: number[] = [];
  let port = 0;
  try {
    for (const endpoint of [...endpoints].reverse()) {
      const fd = addon().open(FAMILY[endpoint.family], TYPE.stream);
      if (fd < 0) return undefined;
      opened.push(fd);
      if (!bindAsLibuv(fd, endpoint, port)) return undefined;
      const info = addon().describe(fd);
      port ||= typeof info === 'number' ? 0 : (info.local?.port ?? 0);
    }
    return port;
  } finally {
    for (const fd of opened) addon().close(fd);
  }
}

/** Same as libuv: src/unix/tcp.c, uv__tcp_bind. */
function bindAsLibuv(fd: number, { address, v6Only }: Endpoint, port: number): boolean {
  addon().setReuse(fd, REUSE.address);
  if (v6Only !== null && addon().setV6Only(fd, v6Only) !== 0) return false;
  return addon().bind(fd, address, port) === 0;
}
