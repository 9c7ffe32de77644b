/** One server, and random sequences of calls against a model of what the contract says of it; `ss` is the witness. */
import net from 'node:net';
import fc from 'fast-check';
import { it } from 'vitest';
import { describeSocket, getV6Only, listen, setV6Only } from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { closed, listening } from '../harness/servers';
import { ssV6Only } from '../harness/ss.cjs';
import { FACTOR, runs } from './documented';

expectNoLeaks();

/** What the server should be; `v6Only` of a listening one is the kernel's, null over IPv4. */
interface Model {
  remembered: boolean | undefined;
  listens: { v6Only: boolean | null; host: string; split?: boolean } | undefined;
}

interface Real {
  readonly server: net.Server;
}

type Command = fc.AsyncCommand<Model, Real>;

function same(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`found ${String(found)}, expected ${String(expected)}`);
}

/** The answer, or the reason or code of the error. */
async function answerOf(step: () => unknown): Promise<unknown> {
  try {
    return await step();
  } catch (error) {
    return error instanceof Error && 'reason' in error ? error.reason : Reflect.get(Object(error), 'code');
  }
}

/** On Linux the kernel turns the option on for one IPv6 address. */
function boundValue(host: string, v6Only: boolean): boolean | null {
  if (host === '127.0.0.1') return null;
  return host === '::1' || v6Only;
}

const isSpecific = (host: string): boolean => host === '::1';

class Choose implements Command {
  readonly value: boolean;
  constructor(value: boolean) {
    this.value = value;
  }
  check = () => true;
  async run(model: Model, { server }: Real): Promise<void> {
    const found = await answerOf(() => setV6Only(server, this.value) === server);
    same(found, this.#expected(model));
    if (found === true) model.remembered = this.value;
  }
  #expected({ listens }: Model): unknown {
    if (listens === undefined || isSpecific(listens.host)) return true;
    if (listens.v6Only === null) return 'not-ipv6';
    return listens.v6Only === this.value || 'already-bound';
  }
  toString = () => `setV6Only(${this.value})`;
}

class Get implements Command {
  check = () => true;
  async run({ remembered, listens }: Model, { server }: Real): Promise<void> {
    const expected = listens === undefined ? (remembered ?? 'not-open-yet') : (listens.v6Only ?? 'not-ipv6');
    same(await answerOf(() => getV6Only(server)), expected);
  }
  toString = () => 'getV6Only()';
}

class Describe implements Command {
  check = () => true;
  async run({ remembered, listens }: Model, { server }: Real): Promise<void> {
    if (listens === undefined && remembered === undefined) {
      return same(await answerOf(() => describeSocket(server)), 'not-open-yet');
    }
    const { state, v6Only, accepts } = describeSocket(server);
    same(state, listens === undefined ? 'unbound' : 'listening');
    same(v6Only, listens === undefined ? remembered : listens.v6Only);
    same([...accepts].sort().join(), acceptsOf(listens));
  }
  toString = () => 'describeSocket()';
}

function acceptsOf(listens: Model['listens']): string {
  if (listens === undefined) return '';
  if (listens.v6Only === null || listens.host.startsWith('::ffff:')) return 'IPv4';
  return listens.v6Only && !listens.split ? 'IPv6' : 'IPv4,IPv6';
}

class Listen implements Command {
  readonly host: string | undefined;
  constructor(host: string | undefined) {
    this.host = host;
  }
  check = () => true;
  async run(model: Model, { server }: Real): Promise<void> {
    const { host = '::' } = this;
    const expected = this.#expected(model, host);
    same(await answerOf(() => listening(server, { port: 0, host: this.host }).then(() => true)), expected);
    if (expected !== true) return;
    model.listens = { v6Only: boundValue(host, model.remembered ?? false), host };
    sameAsSs(server, model.listens.v6Only);
  }
  #expected({ remembered, listens }: Model, host: string): unknown {
    if (listens !== undefined) return 'ERR_SERVER_ALREADY_LISTEN';
    if (host === '127.0.0.1' && remembered !== undefined) return 'not-ipv6';
    return !(host.startsWith('::ffff:') && remembered === true) || 'not-ipv6';
  }
  toString = () => `listen(${this.host})`;
}

function sameAsSs(server: net.Server, v6Only: boolean | null): void {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  same(ssV6Only(address.port), v6Only === null ? null : Number(v6Only));
}

class ListenStack implements Command {
  readonly stack: 'split' | 'ipv6' | 'dual';
  constructor(stack: 'split' | 'ipv6' | 'dual') {
    this.stack = stack;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const v6Only = this.stack !== 'dual';
    const expected = this.#expected(model, v6Only);
    const found = await answerOf(() => listen(real.server, { stack: this.stack }));
    if (expected !== undefined) return same(found, expected);
    if (typeof found !== 'object') throw new Error(String(found));
    model.listens = { v6Only, host: '::', split: this.stack === 'split' };
    sameAsSs(real.server, v6Only);
  }
  #expected({ remembered, listens }: Model, v6Only: boolean): string | undefined {
    if (listens !== undefined) return 'ERR_SERVER_ALREADY_LISTEN';
    return remembered === undefined || remembered === v6Only ? undefined : 'ERR_INVALID_ARG_VALUE';
  }
  toString = () => `listen(server, ${this.stack})`;
}

class Close implements Command {
  check = () => true;
  async run(model: Model, { server }: Real): Promise<void> {
    const error = await closed(server);
    same(
      error === undefined ? undefined : Reflect.get(error, 'code'),
      model.listens ? undefined : 'ERR_SERVER_NOT_RUNNING',
    );
    model.listens = undefined;
  }
  toString = () => 'close()';
}

const HOSTS = [undefined, '', '::', '::1', '127.0.0.1', '::ffff:127.0.0.1'];

const commands = fc.commands(
  [
    fc.boolean().map((value) => new Choose(value)),
    fc.constant(new Get()),
    fc.constant(new Describe()),
    fc.constantFrom(...HOSTS).map((host) => new Listen(host)),
    fc
      .constantFrom('split' as const, 'ipv6' as const, 'dual' as const)
      .map((stack) => new ListenStack(stack)),
    fc.constant(new Close()),
  ],
  { maxCommands: 20 },
);

it('a server after random calls: behaves as its model', { timeout: 3_600_000 }, async () => {
  const property = fc.asyncProperty(commands, async (sequence) => {
    const server = net.createServer();
    const model: Model = { remembered: undefined, listens: undefined };
    try {
      await fc.asyncModelRun(() => ({ model, real: { server } }), sequence);
    } finally {
      await closed(server);
    }
  });
  await fc.assert(property, runs(60 * FACTOR));
});
