/** Sockets of real kernels, recorded by a probe program: one row per socket state and value. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Addon, type DescriptorInfo, FAMILY, type SocketAddress } from '../../src/kernel/addon';

export interface RecordedSocket {
  sysctl: number;
  proto: string;
  state: string;
  get_before: string;
  v_before: number;
  set_to: number;
  set: string;
  get_after: string;
  v_after: number;
  so_domain: number;
  so_type: number;
  so_acceptconn: number;
  sockname: string;
  peername: string;
}

export function recordedSockets(kernel: string): RecordedSocket[] {
  const file = join(__dirname, '..', 'fixtures', 'kernels', `${kernel}.jsonl`);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A negative errno by name, in this machine's numbers, which are used to look up names. */
export function errno(code: string): number {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  const number = numbers[code];
  if (number === undefined) throw new Error(`no errno ${code}`);
  return -number;
}

const AF_INET = 2;
const AF_INET6 = [10, 28];

/** An addon for which every descriptor is this recorded socket. */
export function replay(socket: RecordedSocket): Addon {
  let wasSet = false;
  const unused = (): number => errno('ENOSYS');
  return {
    getV6Only() {
      const [result, value] = wasSet
        ? [socket.get_after, socket.v_after]
        : [socket.get_before, socket.v_before];
      return result === 'ok' ? value : errno(result);
    },
    setV6Only() {
      wasSet = true;
      return socket.set === 'ok' ? 0 : errno(socket.set);
    },
    describe: () => describeRecorded(socket),
    open: unused,
    bind: unused,
    setReuse: unused,
    close: unused,
    hasAddress: unused,
    readSysctl: unused,
    findDescriptor: unused,
  };
}

function describeRecorded(socket: RecordedSocket): DescriptorInfo | number {
  if (socket.so_domain < 0) return errno(socket.sockname);
  const family = AF_INET6.includes(socket.so_domain)
    ? FAMILY.IPv6
    : socket.so_domain === AF_INET
      ? FAMILY.IPv4
      : FAMILY.other;
  return {
    family,
    type: socket.so_type,
    listening: socket.so_acceptconn > 0 ? 1 : 0,
    local: addressOf(socket.sockname, hasPort(socket) ? 40000 : 0),
    peer: addressOf(socket.peername, 50000),
  };
}

function addressOf(name: string, port: number): SocketAddress | null {
  const address = /^inet6? (.+)$/.exec(name)?.[1];
  return address === undefined ? null : { address, port };
}

/** Recordings have no ports; kernels refuse to set the option of a socket with a port. */
function hasPort({ state, proto, set }: RecordedSocket): boolean {
  if (proto === 'raw') return false;
  return set !== 'ok' || /\b(bound|listening|accepted|connected)/.test(state);
}
