/** Child processes that run node, directly or through another program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

/** The folder of this repository. */
export const repositoryRoot = resolve(dirname(createRequire(__filename).resolve('../../package.json')));

/** The package that children `require`: an installed one (tools/test-nodes.mjs), or this repository with its dist/. */
export const packageRoot = process.env['V6ONLY_PACKAGE'] ?? repositoryRoot;

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** After this long the child is killed, and its status is null. */
  timeoutMs?: number;
}

/** The environment for a child: without the Node settings of vitest and the user's shell. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, FORCE_COLOR: _color, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** Runs a program to its end and collects its output. */
export function run(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: cleanEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 50_000,
    killSignal: 'SIGKILL',
  });
  return ended(child);
}

export function runNode(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  return run(process.execPath, args, options);
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((done, failed) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', failed);
    child.once('close', (status) => done({ status, stdout, stderr }));
  });
}

/** A child's output parsed as JSON; an error that shows everything if it isn't JSON. */
export function json<T>(result: Ended): T {
  try {
    return JSON.parse(result.stdout);
  } catch {
    throw new Error(`exit ${result.status}, no JSON:\n${result.stdout}\n${result.stderr}`);
  }
}
