/** Rows of a list of sockets as the native addon writes them: SocketRow of native/sockets.h, in this machine's order. */
import { FAMILY, type SocketAddress, TYPE } from '../../src/kernel/addon';
import { GROUPS, group, readGroups } from '../../src/kernel/address-groups';

interface TableSocket {
  readonly family: number;
  readonly type: number;
  readonly v6Only: boolean;
  readonly local: SocketAddress;
}

const ROW_LENGTH = 52;
const [TCP, UDP] = [6, 17];
/** UDP sockets without a peer are in the state CLOSE (include/net/tcp_states.h). */
const [LISTEN, CLOSE] = [10, 7];

export function tableOf(sockets: readonly TableSocket[]): ArrayBuffer {
  const bytes = new Uint8Array(ROW_LENGTH * sockets.length);
  for (const [i, socket] of sockets.entries()) writeRow(bytes.subarray(i * ROW_LENGTH), socket);
  return bytes.buffer;
}

function writeRow(row: Uint8Array, { family, type, v6Only, local }: TableSocket): void {
  row.set(bytesOf(local.address));
  row.set(new Uint8Array(Uint16Array.of(local.port).buffer), 44);
  const isTcp = type === TYPE.stream;
  row.set([isTcp ? TCP : UDP, family, isTcp ? LISTEN : CLOSE], 48);
  new DataView(row.buffer, row.byteOffset).setInt8(51, family === FAMILY.IPv6 ? Number(v6Only) : -1);
}

function bytesOf(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  readGroups(address);
  return Array.from({ length: GROUPS }, (_, i) => [group(i) >> 8, group(i) & 0xff]).flat();
}
