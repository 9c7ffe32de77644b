/** The arguments of `listSockets`, and its errors if it can't answer. */

import {
  bindReason,
  codeOf,
  messageOf,
  notVisible,
  outOfResources,
  type SystemError,
  unsupportedPlatform,
} from '../kernel/errors';
import { invalidArgType, outOfRange } from '../kernel/node-errors';
import { MAX_PORT, requireKnown } from '../kernel/options';
import { currentPlatform } from '../kernel/platforms';

/** Which sockets `listSockets` lists; all by default. */
export interface SocketFilter {
  /** True: listening sockets (LISTEN, and UDP without a peer); false: all others; by default both. */
  listening?: boolean | undefined;
  /** The socket's own port. */
  port?: number | undefined;
  /** A process that owns it. */
  pid?: number | undefined;
}

/** How `listSockets` lists them. */
export interface ListOptions {
  /** False leaves `pid` and `program` null: looking up processes takes longer than everything else. */
  processes?: boolean | undefined;
}

export const MAX_PID = 2 ** 31 - 1;

/** @throws {TypeError} for anything but a filter. @throws {RangeError} for a number that can't be a port or a pid. */
export function checkFilter(filter: unknown): SocketFilter {
  requireKnown('filter', filter, ['listening', 'port', 'pid']);
  const { listening, port, pid } = filter;
  if (listening !== undefined && typeof listening !== 'boolean') {
    throw invalidArgType('filter.listening', 'a boolean', listening);
  }
  return {
    listening,
    port: checkNumber('filter.port', port, MAX_PORT),
    pid: checkNumber('filter.pid', pid, MAX_PID),
  };
}

/** @throws {TypeError} for an unknown option or a value that isn't a boolean. */
export function checkProcesses(options: unknown): boolean {
  requireKnown('options', options, ['processes']);
  const { processes = true } = options;
  if (typeof processes !== 'boolean') throw invalidArgType('options.processes', 'a boolean', processes);
  return processes;
}

function checkNumber(name: string, value: unknown, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw invalidArgType(name, 'a number', value);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw outOfRange(name, `an integer >= 1 && <= ${most}`, value);
}

/** Whether a list failed for lack of descriptors or memory, not of permission. */
export function isScarce(code: string): boolean {
  return code === 'EAGAIN' || bindReason(code) === 'resources';
}

/** `errno`: the kernel's answer instead of a list; undefined if the addon doesn't have the call. */
export function listRefused(errno: number | undefined): SystemError {
  const code = errno === undefined ? 'ENOSYS' : codeOf(errno);
  const what = errno === undefined ? 'the addon cannot list sockets' : `${code}, ${messageOf(errno)}`;
  if (isScarce(code)) return outOfResources(code, 'socket', what);
  const detail =
    `the kernel does not list its sockets here (${currentPlatform().lists}: ${what}); a sandbox may prevent it, or ` +
    'the kernel lacks tcp_diag or udp_diag';
  return unsupportedPlatform('socket', detail);
}

export function processHidden(pid: number): SystemError {
  const detail = `the sockets of process ${pid} are not visible to this user; ask as its owner or as root`;
  return notVisible('socket', detail);
}
