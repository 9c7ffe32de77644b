/** Witnesses other than our own getter: /proc and real clients; for `ss` there is ss.cjs. */
import type { EventEmitter } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';

/** Connects and then closes: 'connected', or the error code. */
export function tryConnect(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

export interface Outcome {
  events: string[];
  error: (NodeJS.ErrnoException & { reason?: string; address?: string; port?: number }) | undefined;
}

/** The 'listening', 'error' and 'close' events of an emitter from now until things are quiet, and its last error. */
export async function outcome(emitter: EventEmitter, quietMs = 60): Promise<Outcome> {
  const result: Outcome = { events: [], error: undefined };
  const note = (event: string) => () => void result.events.push(event);
  const onListening = note('listening');
  const onClose = note('close');
  const onError = (error: NodeJS.ErrnoException) => {
    result.events.push('error');
    result.error = error;
  };
  emitter.on('listening', onListening).on('close', onClose).on('error', onError);
  await until(() => result.events.length > 0);
  await pause(quietMs);
  emitter.off('listening', onListening).off('close', onClose).off('error', onError);
  return result;
}

/** Waits for something that should happen soon; the limit is generous, for busy machines. */
export async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; !condition() && Date.now() < end; ) await pause(5);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The descriptors of this process that are sockets, as 'fd socket:[inode]'. */
export function openSockets(): string[] {
  const found: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith('socket:')) found.push(`${fd} ${target}`);
    } catch {
      // The descriptor of the listing itself, closed by now.
    }
  }
  return found.sort();
}
