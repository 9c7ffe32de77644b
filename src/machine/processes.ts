/** Which process owns a socket, by the inode of the socket. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isError } from '../kernel/errors';
import { Turns } from './turns';

export interface Holder {
  readonly pid: number;
  /** null if the process was gone or hidden when its name was read. */
  readonly program: string | null;
}

/** If several processes share a socket, the one with the lowest ID counts: usually it opened the socket. */
export function noteHolder<K>(holders: Map<K, Holder>, key: K, holder: Holder): void {
  const known = holders.get(key);
  if (known === undefined || holder.pid < known.pid) holders.set(key, holder);
}

/** ProcessRow of native/sockets.h: inode, pid, name. */
const ROW_LENGTH = 24;
const WORDS = ROW_LENGTH / Uint32Array.BYTES_PER_ELEMENT;
const NAME_AT = 8;

/** By inode. */
export async function readHolders(bytes: ArrayBuffer): Promise<Map<number, Holder>> {
  const words = new Uint32Array(bytes);
  const programs = new Map<number, Holder>();
  const holders = new Map<number, Holder>();
  const turns = new Turns();
  for (let i = 0; i + WORDS <= words.length; i += WORDS) {
    if (turns.isOver()) await turns.next();
    const inode = words[i] ?? 0;
    const pid = words[i + 1] ?? 0;
    let holder = programs.get(pid);
    if (holder === undefined) {
      holder = { pid, program: programOf(pid, nameAt(bytes, i * Uint32Array.BYTES_PER_ELEMENT + NAME_AT)) };
      programs.set(pid, holder);
    }
    noteHolder(holders, inode, holder);
  }
  return holders;
}

function nameAt(bytes: ArrayBuffer, at: number): string | null {
  const name = Buffer.from(bytes, at, ROW_LENGTH - NAME_AT);
  const end = name.indexOf(0);
  return name.toString('utf8', 0, end < 0 ? name.length : end) || null;
}

/**
 * Linux names a process after its main thread (proc_pid_comm(5)), and Node 24 and 26 name theirs this (measured),
 * which isn't a name that people look for.
 */
const THREADS_OF_NODE: ReadonlySet<string | null> = new Set(['MainThread', 'node-MainThread']);

function programOf(pid: number, name: string | null): string | null {
  if (!THREADS_OF_NODE.has(name)) return name;
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
  } catch {
    return name;
  }
}

/** The time limit of the search, for machines with very many processes. */
const MOST_MS = 500;

/**
 * The process that has a socket open, found synchronously, for an error message.
 * @returns undefined if this user can't see it, and on other systems than Linux.
 */
export function findHolder(inode: number): Holder | undefined {
  const started = performance.now();
  for (const pid of processNumbers()) {
    if (performance.now() - started > MOST_MS) return undefined;
    if (holds(pid, `socket:[${inode}]`)) return { pid, program: programOf(pid, commOf(pid)) };
  }
  return undefined;
}

function processNumbers(): number[] {
  if (process.permission?.has('fs.read', '/proc') === false) return [];
  try {
    const numbers = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return numbers.sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** proc(5): another user's process can't be read, and any process may be gone. */
function holds(pid: number, socket: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => readsAs(`${folder}/${fd}`, socket));
  } catch {
    return false;
  }
}

function readsAs(link: string, target: string): boolean {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false;
  }
}

function commOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`).toString().trimEnd();
  } catch {
    return null;
  }
}

/** Whether a process exists, even one that is hidden (another user's, or /proc is not mounted). */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isError(error) && 'code' in error && error.code === 'EPERM';
  }
}
