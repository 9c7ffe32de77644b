import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { manifest, packageFolder } from '../kernel/addon';
import { isError } from '../kernel/errors';
import { MAX_PORT } from '../kernel/options';
import { platformDefaults } from '../machine/defaults';
import { exists } from '../machine/processes';
import { MAX_PID } from '../machine/socket-filter';
import { COMMON, commandIn, numberOf, type Options, parseStrictly, type Values } from './arguments';
import { formatBindtest, playBindtest } from './bindtest';
import { formatPage } from './bindtest-page';
import { check, formatCheck, readExpected, readTarget } from './check';
import { formatDemo, playDemo } from './demo';
import { examine, formatDoctor } from './doctor';
import { helpFor } from './help';
import { formatList, list } from './ls';
import { fold, jsonText, screenOf, visible } from './text-table';

/** Where a command writes; a parameter so that tests can run it. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

interface Result {
  exitCode: number;
  data: unknown;
  text: string;
}

/** What went wrong with a valid command line. */
interface Failure {
  failure: string;
}

/** A string says what is wrong with the command line. */
type Answer = Result | Failure | string;

interface CommandLine {
  values: Values;
  argument: string | undefined;
}

interface Command {
  /** Options of only this command. */
  options?: Options;
  takesArgument?: true;
  answer(line: CommandLine): Answer | Promise<Answer>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  doctor: {
    async answer() {
      const report = await examine();
      return {
        exitCode: report.ok ? 0 : 1,
        data: report,
        text: formatDoctor(report, screenOf(process.stdout)),
      };
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
      if (rows.length === 0 && pid !== undefined && !exists(pid)) return noProcess(pid);
      return { exitCode: 0, data: rows, text: formatList(rows, question, screenOf(process.stdout)) };
    },
  },
  check: {
    options: { pid: { type: 'string' }, expect: { type: 'string' }, udp: { type: 'boolean' } },
    takesArgument: true,
    async answer({ values, argument }) {
      const pid = numberOf(values, 'pid', MAX_PID);
      if (typeof pid === 'string') return pid;
      const target = readTarget(argument, pid, values['udp'] === true ? 'udp' : 'tcp');
      if (typeof target === 'string') return target;
      const read = readExpected(values['expect']);
      if (typeof read === 'string') return read;
      if (pid !== undefined && !exists(pid)) return noProcess(pid);
      const answer = await check(target, read.expected);
      return {
        exitCode: answer.ok ? 0 : 1,
        data: answer,
        text: fold(formatCheck(answer), screenOf(process.stdout)),
      };
    },
  },
  bindtest: {
    options: { html: { type: 'string' } },
    answer: ({ values }) => bindtest(values['html']),
  },
  demo: {
    async answer() {
      const scenes = await playDemo();
      return { exitCode: 0, data: scenes, text: formatDemo(scenes) };
    },
  },
  'register-path': {
    answer() {
      const path = join(packageFolder(), 'dist/register.js');
      return { exitCode: 0, data: { path }, text: `${path}\n` };
    },
  },
  help: {
    takesArgument: true,
    answer({ argument }) {
      if (argument !== undefined && !isCommand(argument)) return unknownCommand(argument);
      return help(argument);
    },
  },
};

async function bindtest(html: Values[string]): Promise<Answer> {
  if (html === '') return '--html takes a file name, found ""';
  const test = await playBindtest();
  const file = typeof html === 'string' ? resolve(html) : null;
  if (file !== null)
    writeFileSync(file, formatPage({ test, defaults: platformDefaults(), date: new Date() }));
  const { matrix, comparisons } = test;
  const differs = Object.fromEntries(comparisons.map(({ kernel, rows }) => [kernel.id, rows]));
  const written = file === null ? '' : `\nWrote ${visible(file)}\n`;
  const text = formatBindtest(test, screenOf(process.stdout)) + written;
  return { exitCode: 0, data: { ...matrix, differs, html: file }, text };
}

function noProcess(pid: number): Failure {
  return { failure: `there is no process ${pid}` };
}

function help(command?: string): Result {
  return { exitCode: 0, data: null, text: helpFor(command) };
}

function version(json: boolean): Result {
  const { version: own } = manifest();
  return { exitCode: 0, data: null, text: `${json ? jsonText({ version: own }) : own}\n` };
}

/** Runs the command line `args` (without node and script) and returns the exit code. */
export async function run(args: readonly string[], { out, err }: Output): Promise<number> {
  const say = (problem: string): void => err(fold(`v6only: ${visible(problem)}\n`, screenOf(process.stderr)));
  try {
    const name = commandIn(args, EVERY_OPTION);
    const result = await answerTo(name, args);
    if (typeof result === 'string') {
      say(`${result}; see v6only ${isCommand(name) ? `${name} ` : ''}--help`);
      return 2;
    }
    if ('failure' in result) {
      say(result.failure);
      return 1;
    }
    out(result.text);
    return result.exitCode;
  } catch (error) {
    say(isError(error) ? error.message : String(error));
    return 1;
  }
}

const EVERY_OPTION: Options = Object.assign(
  {},
  COMMON,
  ...Object.values(COMMANDS).map(({ options }) => options),
);

async function answerTo(name: string | undefined, args: readonly string[]): Promise<Answer> {
  const command = isCommand(name) ? COMMANDS[name] : undefined;
  const parsed = parseStrictly(args, { ...command?.options, ...COMMON });
  if (name !== undefined && command === undefined) return unknownCommand(name);
  if (typeof parsed === 'string') return parsed;
  const { values, positionals } = parsed;
  const rest = positionals.slice(1);
  const argument = command?.takesArgument ? rest.shift() : undefined;
  if (rest.length > 0) return tooMany(name, rest[0], argument);
  const json = values['json'] === true;
  if (values['version']) return version(json);
  if (values['help']) return help(name);
  if (command === undefined) return 'no command given';
  const result = await command.answer({ values, argument });
  if (typeof result === 'string' || 'failure' in result || !json || result.data === null) return result;
  return { ...result, text: `${jsonText(result.data)}\n` };
}

function isCommand(name: string | undefined): name is string {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

function unknownCommand(name: string): string {
  return `unknown command ${JSON.stringify(name)}`;
}

function tooMany(name: string | undefined, found: string | undefined, argument: string | undefined): string {
  const takes = argument === undefined ? 'no argument, found' : 'one argument, found another:';
  return `${name} takes ${takes} ${JSON.stringify(found)}`;
}
