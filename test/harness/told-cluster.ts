/** A cluster in separate processes, with its primary and workers controlled over IPC. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cleanEnvironment, repositoryRoot } from './node-child';
import { pause } from './sockets';

export type Policy = 'SCHED_RR' | 'SCHED_NONE';

interface Reply {
  id?: number;
  result?: unknown;
  failed?: string;
  uncaught?: string;
}

interface Waiting {
  done(result: unknown): void;
  fail(error: Error): void;
}

export class ToldCluster {
  readonly #primary: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #orders = 0;
  /** Uncaught exceptions in a worker since the last check. */
  readonly uncaught: string[] = [];
  /** The output of its processes. */
  printed = '';

  /** `fixture` calls `obey` of obey.cjs. `wrap` makes the command run elsewhere, such as in a namespace. */
  constructor(
    fixture: string,
    policy: Policy,
    workers: number,
    wrap: (command: string[]) => string[] = (command) => command,
  ) {
    const path = join(repositoryRoot, 'test/fixtures', fixture);
    const [program = '', ...args] = wrap([process.execPath, path, policy, String(workers)]);
    this.#primary = spawn(program, args, {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#primary.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.printed += text;
    });
    this.#primary.on('message', (reply: Reply) => this.#hear(reply));
    this.#primary.once('exit', (status) => this.#failAll(`the primary ended with ${status}`));
  }

  #hear({ id, result, failed, uncaught }: Reply): void {
    if (uncaught !== undefined) {
      this.uncaught.push(uncaught);
      return this.#failAll(uncaught);
    }
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id !== undefined) this.#waiting.delete(id);
    if (failed === undefined) waiting?.done(result);
    else waiting?.fail(new Error(failed));
  }

  #failAll(why: string): void {
    for (const { fail } of this.#waiting.values()) fail(new Error(why));
    this.#waiting.clear();
  }

  /** How many sockets a worker, or the primary, has open. */
  sockets(worker?: number): Promise<number> {
    return this.tell({ worker, op: 'sockets' });
  }

  tell<T>(order: object): Promise<T> {
    const id = ++this.#orders;
    if (!this.#primary.connected) return Promise.reject(new Error('the primary has ended'));
    return new Promise<T>((done, fail) => {
      this.#waiting.set(id, { done: (result) => done(result as T), fail });
      this.#primary.send({ id, ...order });
    });
  }

  /** Ends all its processes; returns those still running. */
  async stop(): Promise<number[]> {
    if (!this.#primary.connected) return [];
    const pids = await this.tell<number[]>({ op: 'pids' });
    const ended = once(this.#primary, 'exit');
    this.#primary.disconnect();
    await ended;
    for (let waited = 0; pids.some(isAlive) && waited < 10_000; waited += 10) await pause(10);
    return pids.filter(isAlive);
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
