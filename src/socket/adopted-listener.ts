/** A server's socket where the runtime ignores the option (Deno): opened and bound here, then listened on by its descriptor. */
import { addon, FAMILY, REUSE, TYPE } from '../kernel/addon';
import { setDescriptor, verifyBound } from '../kernel/descriptor';
import { codeOf, listenFailed, type SystemError } from '../kernel/errors';
import { accessDenied } from '../kernel/node-errors';
import { adviseOn } from '../machine/conflicts';
import { denoDenies } from '../runtime/permission';

export interface AdoptedBind {
  readonly v6Only: boolean;
  readonly address: string;
  readonly port: number;
  readonly reusePort: boolean;
}

/**
 * The descriptor of a bound AF_INET6 socket with the option, which whoever listens on it closes.
 * @throws {SystemError} `no-ipv6`, `resources`, `bind-failed`, `mismatch`. @throws {Error} ERR_ACCESS_DENIED.
 */
export function openAdopted(bind: AdoptedBind): number {
  const name = `[${bind.address}]:${bind.port}`;
  if (denoDenies(name)) throw accessDenied(name);
  const fd = succeeded(addon().open(FAMILY.IPv6, TYPE.stream), bind);
  try {
    bindWith(fd, bind);
    return fd;
  } catch (error) {
    addon().close(fd);
    throw error;
  }
}

/** As libuv binds (src/unix/tcp.c, uv__tcp_bind), and reads the option back. */
function bindWith(fd: number, bind: AdoptedBind): void {
  const { v6Only, address, port, reusePort } = bind;
  succeeded(addon().setReuse(fd, reusePort ? REUSE.port : REUSE.address), bind);
  setDescriptor(fd, v6Only);
  succeeded(addon().bind(fd, address, port), bind);
  verifyBound(fd, v6Only, 'listen');
}

function succeeded(result: number, bind: AdoptedBind): number {
  if (result < 0) throw refused(result, bind);
  return result;
}

/** In the words of Node's own error, which names no port where the kernel was to choose it. */
function refused(errno: number, { address, port }: AdoptedBind): SystemError {
  return listenFailed(errno, address, port > 0 ? port : undefined, adviseOn(codeOf(errno), port));
}
