/** Programs whose calls of the C library can be made to fail (fixtures/interposer), each from then on at run time. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inNamespace, LO_UP, noNamespaces } from '../harness/namespace';
import { cleanEnvironment, type Ended, run } from '../harness/node-child';

export const fixture = (name: string): string => join(__dirname, 'fixtures', name);

/** Why calls cannot be made to fail here; null where they can. */
export const noInterposer = ((): string | null => {
  if (process.platform !== 'linux') return 'the interposer is for Linux';
  const report: unknown = process.report?.getReport();
  const { header }: { header?: { glibcVersionRuntime?: string } } = Object(report);
  if (header?.glibcVersionRuntime === undefined) return 'the interposer is for glibc';
  return spawnSync('cc', ['--version']).status === 0 ? null : 'there is no C compiler';
})();

const SOURCES = ['control.c', 'files.c', 'sockets.c'].map((name) => fixture(`interposer/${name}`));

/** Few enough that a program can take them all in a moment. */
const DESCRIPTORS = 100;
const PAGE = 4096;

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly before?: readonly string[];
  readonly timeoutMs?: number;
  readonly descriptors?: number;
}

export class Interposer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'v6only-faults-'));
  readonly #library = join(this.#folder, 'interposer.so');
  #children = 0;

  /** Compiles it. */
  constructor() {
    const args = ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', this.#library, ...SOURCES, '-ldl'];
    const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8', env: cleanEnvironment() });
    if (status !== 0) throw new Error(`cc: ${stderr}`);
  }

  /** Runs node under it, in a network of its own where that is permitted, so that nobody else takes a port. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const control = join(this.#folder, `control-${this.#children++}`);
    writeFileSync(control, '');
    truncateSync(control, PAGE);
    const variables = [`LD_PRELOAD=${this.#library}`, `FAULTS_CONTROL=${control}`];
    const node = ['env', ...variables, ...(options.before ?? []), process.execPath, ...args];
    const limit = options.descriptors ?? DESCRIPTORS;
    const limited = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh', ...node];
    const [command = '', ...rest] = noNamespaces === null ? inNamespace([LO_UP], limited) : limited;
    return run(command, rest, { timeoutMs: options.timeoutMs ?? 280_000, env: options.env ?? {} });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
