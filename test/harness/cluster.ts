/** A cluster in processes of its own, told over IPC what its workers are to do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import type { SocketDescription } from '../../src/index';
import { cleanEnvironment, repositoryRoot } from './node-child';
import { pause } from './sockets';

export type Policy = 'SCHED_RR' | 'SCHED_NONE';

export interface Seen {
  thrown: string | null;
  events: string[];
  error: {
    code: string;
    reason?: string;
    errno?: number;
    syscall?: string;
    address?: string;
    port?: number;
    message: string;
  } | null;
  listening?: boolean;
  address: { address: string; port: number } | string | null;
  /** What getV6Only says, or its code and reason. */
  get: boolean | string;
}

export interface ListenOrder {
  name: string;
  v6Only: boolean | null;
  args: unknown[];
  late?: boolean;
}

export interface BindOrder {
  name: string;
  v6Only: boolean | null;
  how?: 'bind' | 'send';
  args?: unknown[];
}

interface Reply {
  id?: number;
  result?: unknown;
  failed?: string;
}

export class Cluster {
  readonly #primary: ChildProcess;
  readonly #waiting = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>();
  #orders = 0;

  /** `wrap` turns the command into one that runs it elsewhere, such as in a namespace. */
  constructor(policy: Policy, workers = 1, wrap: (command: string[]) => string[] = (command) => command) {
    const fixture = join(repositoryRoot, 'test/integration/fixtures/cluster.cjs');
    const [program = '', ...args] = wrap([process.execPath, fixture, policy, String(workers)]);
    this.#primary = spawn(program, args, {
      env: cleanEnvironment(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#primary.on('message', ({ id, result, failed }: Reply) => {
      const waiting = id === undefined ? [...this.#waiting.values()] : [this.#waiting.get(id)];
      if (id !== undefined) this.#waiting.delete(id);
      for (const one of waiting) failed === undefined ? one?.done(result) : one?.fail(new Error(failed));
    });
    this.#primary.once('exit', (status) => {
      for (const { fail } of this.#waiting.values()) fail(new Error(`the primary ended with ${status}`));
    });
  }

  listen(worker: number, order: ListenOrder): Promise<Seen> {
    return this.#tell<Seen>({ worker, op: 'listen', ...order });
  }

  bind(worker: number, order: BindOrder): Promise<Seen> {
    return this.#tell<Seen>({ worker, op: 'bind', ...order });
  }

  /** What describeSocket says of it there. */
  describe(worker: number, name: string): Promise<SocketDescription> {
    return this.#tell({ worker, op: 'describe', name });
  }

  close(worker: number, name: string): Promise<void> {
    return this.#tell({ worker, op: 'close', name });
  }

  /** How many sockets a worker has open. */
  sockets(worker: number): Promise<number> {
    return this.#tell({ worker, op: 'sockets' });
  }

  /** Which addresses the workers have asked the primary for, since the last time. */
  asked(): Promise<(string | null)[]> {
    return this.#tell({ op: 'asked' });
  }

  /** What `ss` prints inside the cluster's own network. */
  ss(kind: 't' | 'u', port: number): Promise<string> {
    return this.#tell({ op: 'ss', kind, port });
  }

  /** Ends all its processes; returns those that are still there. */
  async stop(): Promise<number[]> {
    const pids = await this.#tell<number[]>({ op: 'pids' });
    const ended = once(this.#primary, 'exit');
    this.#primary.disconnect();
    await ended;
    for (let waited = 0; pids.some(isAlive) && waited < 2000; waited += 10) await pause(10);
    return pids.filter(isAlive);
  }

  #tell<T>(order: object): Promise<T> {
    const id = ++this.#orders;
    if (!this.#primary.connected) return Promise.reject(new Error('the primary has ended'));
    return new Promise<T>((done, fail) => {
      this.#waiting.set(id, { done: (result) => done(result as T), fail });
      this.#primary.send({ id, ...order });
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody has now, outside the range that the kernel gives to clients. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = net.createServer().listen(port, '::');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
