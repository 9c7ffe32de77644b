/** The programs of this folder, as children: with the package's policy where it is asked for. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { cleanEnvironment, json, packageRoot, run } from '../harness/node-child';

export type Way = 'stock' | 'register' | 'setStack' | 'listen' | 'setV6Only';

export const REGISTER = ['--require', join(packageRoot, 'dist/register.js')];
const SPLIT = { V6ONLY_STACK: 'split' };

/** What a program prints as JSON, in a network of its own where there can be one: nothing outside is asked. */
export async function report<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const command = [process.execPath, ...args];
  const [program = '', ...rest] = noNamespaces === null ? inNamespace([LO_UP], command) : command;
  const ended = await run(program, rest, { cwd: __dirname, env: { ...SPLIT, ...env } });
  if (ended.status === 0 && ended.stderr === '') return json<T>(ended);
  throw new Error(`exit ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
}

/** A program that this process talks with over IPC. */
export class Program {
  readonly #child: ChildProcess;
  readonly #messages: unknown[] = [];
  #stderr = '';

  constructor(file: string, way: Way, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = fork(join(__dirname, file), args, {
      execArgv: way === 'register' ? REGISTER : [],
      env: cleanEnvironment({ ...SPLIT, ...env }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => void this.#messages.push(message));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  send(message: string): void {
    this.#child.send(message);
  }

  /** The next that it says. */
  async says<T>(): Promise<T> {
    while (this.#messages.length === 0) {
      // What it has said may come after its exit, not after the end of the channel.
      if (!this.#child.connected) throw new Error(`exit ${this.#child.exitCode}\n${this.#stderr}`);
      await Promise.race([once(this.#child, 'message'), once(this.#child, 'disconnect')]);
    }
    return this.#messages.shift() as T;
  }

  /** Lets it go, and waits for its end. */
  async ended(): Promise<{ status: number | null; stderr: string }> {
    if (this.#child.connected) this.#child.disconnect();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return { status: this.#child.exitCode, stderr: this.#stderr };
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
