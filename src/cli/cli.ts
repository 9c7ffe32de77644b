import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { PACKAGE } from '../kernel/addon';
import { isError } from '../kernel/errors';
import { MAX_PORT } from '../kernel/options';
import { platformDefaults } from '../machine/defaults';
import { MAX_PID } from '../machine/socket-filter';
import { formatBindtest, playBindtest } from './bindtest';
import { formatPage } from './bindtest-page';
import { check, formatCheck, readExpected, readTarget, wholeNumber } from './check';
import { formatDemo, playDemo } from './demo';
import { examine, formatDoctor } from './doctor';
import { formatList, list } from './ls';
import { jsonText, screenOf, visible } from './text-table';

const USAGE = `Usage: v6only <command> [options]

Commands:
  doctor   what this machine and this Node do with IPV6_V6ONLY, and problems; exit 1 if there are any
  ls [--port N] [--pid N] [--all]
           which sockets listen on this machine, and who can reach them; --all: connections too
  check PORT | [ADDRESS]:PORT | A.B.C.D:PORT | --pid N  [--expect ipv6|dual|split]
           whether something listens there, and as expected: IPv6 only; one dual-stack socket; or an
           IPv6-only and an IPv4 socket. Looks at this machine's TCP sockets, connects to nothing
  bindtest [--html FILE]
           how this kernel handles two sockets on one port, tried out; --html: also as a page with a picture
  demo     why an IPv4 connection is listed as tcp6: a listener, an IPv4 and an IPv6 client, live
  register-path
           the absolute path of v6only/register, for NODE_OPTIONS="--require PATH"

Options:
  --json   print JSON instead of text
  --help   print this

Exit codes: 0 success, 1 a problem, an error or not as expected, 2 wrong usage.
`;

/** Where a command writes, so that it can be run in a test. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Result {
  exitCode: number;
  data: unknown;
  text: string;
}

type Values = ReturnType<typeof parseArgs>['values'];

interface CommandLine {
  values: Values;
  argument: string | undefined;
}

interface Command {
  /** Those that only this command has. */
  options?: Options;
  takesArgument?: true;
  /** A text that comes back says what is wrong with the command line. */
  answer(line: CommandLine): Result | string | Promise<Result | string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  doctor: {
    answer() {
      const report = examine();
      return { exitCode: report.ok ? 0 : 1, data: report, text: formatDoctor(report) };
    },
  },
  ls: {
    options: { port: { type: 'string' }, pid: { type: 'string' }, all: { type: 'boolean' } },
    async answer({ values }) {
      const port = numberOf(values, 'port', MAX_PORT);
      const pid = numberOf(values, 'pid', MAX_PID);
      if (typeof port === 'string') return port;
      if (typeof pid === 'string') return pid;
      const question = { port, pid, all: values['all'] === true };
      const rows = await list(question);
      return { exitCode: 0, data: rows, text: formatList(rows, question, screenOf(process.stdout)) };
    },
  },
  check: {
    options: { pid: { type: 'string' }, expect: { type: 'string' } },
    takesArgument: true,
    async answer({ values, argument }) {
      const pid = numberOf(values, 'pid', MAX_PID);
      if (typeof pid === 'string') return pid;
      const target = readTarget(argument, pid);
      if (typeof target === 'string') return target;
      const { expect } = values;
      const expected = typeof expect === 'string' ? readExpected(expect) : null;
      if (expect !== undefined && expected === null)
        return `--expect takes ipv6, dual or split, found ${JSON.stringify(expect)}`;
      const answer = await check(target, expected);
      return { exitCode: answer.ok ? 0 : 1, data: answer, text: formatCheck(answer) };
    },
  },
  bindtest: {
    options: { html: { type: 'string' } },
    async answer({ values }) {
      const { html } = values;
      if (html === '') return '--html takes the name of a file, found ""';
      const test = await playBindtest();
      const file = typeof html === 'string' ? resolve(html) : null;
      if (file !== null) {
        writeFileSync(file, formatPage({ test, defaults: platformDefaults(), date: new Date() }));
      }
      const { matrix, comparisons } = test;
      const differs = Object.fromEntries(comparisons.map(({ kernel, rows }) => [kernel.id, rows]));
      const written = file === null ? '' : `\nWrote ${visible(file)}\n`;
      const text = formatBindtest(test, screenOf(process.stdout)) + written;
      return { exitCode: 0, data: { ...matrix, differs, html: file }, text };
    },
  },
  demo: {
    async answer() {
      const scenes = await playDemo();
      return { exitCode: 0, data: scenes, text: formatDemo(scenes) };
    },
  },
  'register-path': {
    answer() {
      const path = join(PACKAGE, 'dist/register.js');
      return { exitCode: 0, data: { path }, text: `${path}\n` };
    },
  },
};

/** A number of the command line, or what is wrong with it. */
function numberOf(values: Values, name: string, most: number): number | string | undefined {
  const given = values[name];
  if (typeof given !== 'string') return undefined;
  const found = `--${name} takes a whole number from 1 to ${most}, found ${JSON.stringify(given)}`;
  return wholeNumber(given, most) ?? found;
}

/** Runs the command line `args` (without node and script) and returns its exit code. */
export async function run(args: readonly string[], { out, err }: Output): Promise<number> {
  try {
    const result = await parse(args)();
    if (typeof result === 'string') {
      err(`v6only: ${visible(result)}\n\n${USAGE}`);
      return 2;
    }
    out(result.text);
    return result.exitCode;
  } catch (error) {
    err(`v6only: ${visible(isError(error) ? error.message : String(error))}\n`);
    return 1;
  }
}

const COMMON = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

/** What is to be done. */
function parse(args: readonly string[]): () => ReturnType<Command['answer']> {
  const name = commandIn(args);
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const options = { ...command?.options, ...COMMON };
  const parsed = parseStrictly(joinNumbers(args, options), options);
  if (typeof parsed === 'string') return () => parsed;
  const { values, positionals } = parsed;
  const rest = positionals.slice(1);
  const argument = command?.takesArgument ? rest.shift() : undefined;
  const isRight = rest.length === 0 && (command !== undefined || (name === undefined && values['help']));
  if (!isRight) return () => complaint(name, rest);
  if (command === undefined || values['help']) return () => ({ exitCode: 0, data: null, text: USAGE });
  return async () => {
    const result = await command.answer({ values, argument });
    if (typeof result === 'string' || !values['json']) return result;
    return { ...result, text: `${jsonText(result.data)}\n` };
  };
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Which options there are depends on the command, which may stand behind options of its own. */
function commandIn(args: readonly string[]): string | undefined {
  const own = Object.values(COMMANDS).flatMap((command) => Object.entries(command.options ?? {}));
  const options: Options = { ...Object.fromEntries(own), ...COMMON };
  return parseArgs({ args: [...args], options, allowPositionals: true, strict: false }).positionals[0];
}

function parseStrictly(args: string[], options: Options): { values: Values; positionals: string[] } | string {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // The rest of Node's message is about arguments that no command here has.
    return isError(error) ? (error.message.split(/\.\s/)[0] ?? '') : String(error);
  }
}

/** `--port -1` is a wrong number; Node would speak of an option that has no argument. */
function joinNumbers(args: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1) ?? '';
    const isNumber = /^-\d/.test(arg) && options[last.slice(2)]?.type === 'string' && last.startsWith('--');
    if (isNumber) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function complaint(name: string | undefined, rest: readonly string[]): string {
  const known = Object.keys(COMMANDS).join(', ');
  if (name === undefined) return `no command given; one of ${known}`;
  if (rest.length > 0 && Object.hasOwn(COMMANDS, name)) {
    const takes = COMMANDS[name]?.takesArgument ? 'one argument, found another:' : 'no argument, found';
    return `${name} takes ${takes} ${JSON.stringify(rest[0])}`;
  }
  return `unknown command ${JSON.stringify(name)}; one of ${known}`;
}
