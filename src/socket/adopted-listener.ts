/** A server's socket where the runtime ignores the option: opened and bound here, then handed over. */
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { formatEndpoint } from '../kernel/address';
import { setDescriptor, verifyBound } from '../kernel/descriptor';
import { codeOf, listenFailed, type SystemError } from '../kernel/errors';
import { accessDenied } from '../kernel/node-errors';
import { adviseOn } from '../machine/conflicts';
import { DENO_TCP_REUSEPORT } from '../runtime/flags';
import { adoptListenHandle, type ListenHandle } from '../runtime/handles';
import { denoDenies } from '../runtime/permission';

interface Wanted {
  readonly v6Only: boolean;
  readonly address: string;
  readonly port: number;
  /** The runtime's for this listen. */
  readonly flags: number;
}

/**
 * A handle of the runtime around a bound AF_INET6 socket with the option; its descriptor is closed with it.
 * @throws {SystemError} `no-ipv6`, `resources`, `bind-failed`, `mismatch`. @throws {Error} ERR_ACCESS_DENIED.
 */
export function openAdopted(wanted: Wanted): ListenHandle {
  const name = formatEndpoint(wanted.address, wanted.port);
  if (denoDenies(name)) throw accessDenied(name);
  const fd = succeeded(addon().open(FAMILY.IPv6, TYPE.stream), wanted);
  let adopted = false;
  try {
    bindWith(fd, wanted);
    const handle = adoptListenHandle(fd);
    // Also a port on which another socket began to listen since bind: Deno listens when it adopts.
    if (typeof handle === 'number') throw refused(handle, wanted);
    adopted = true;
    return handle;
  } finally {
    if (!adopted) addon().close(fd);
  }
}

/** As libuv binds (src/unix/tcp.c, uv__tcp_bind), and reads the option back. */
function bindWith(fd: number, wanted: Wanted): void {
  const { v6Only, address, port, flags } = wanted;
  const reuse = (flags & DENO_TCP_REUSEPORT) !== 0 ? REUSE.port : REUSE.address;
  succeeded(addon().setReuse(fd, reuse), wanted);
  setDescriptor(fd, v6Only);
  succeeded(addon().bind(fd, address, port), wanted);
  verifyBound(fd, v6Only, 'listen');
}

function succeeded(result: number, wanted: Wanted): number {
  if (result < 0) throw refused(result, wanted);
  return result;
}

/** As Node's own error, without a port where the kernel was to choose it. */
function refused(errno: number, { address, port }: Wanted): SystemError {
  return listenFailed(errno, address, port > 0 ? port : undefined, adviseOn(codeOf(errno), port));
}
