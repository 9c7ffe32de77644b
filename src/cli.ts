import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatDemo, playDemo } from './demo';
import { examine, formatDoctor } from './doctor';
import { isError } from './errors';

const USAGE = `Usage: v6only <command> [--json]

Commands:
  doctor   what this machine and this Node do with IPV6_V6ONLY, and what is wrong; exit 1 if something is
  demo     why an IPv4 connection is listed as tcp6: a listener, an IPv4 and an IPv6 client, live
  register-path
           the absolute path of v6only/register, for NODE_OPTIONS="--require PATH"

Options:
  --json   print JSON instead of text
  --help   print this

Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage.
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

const COMMANDS: Readonly<Record<string, () => Result | Promise<Result>>> = {
  doctor() {
    const report = examine();
    return { exitCode: report.ok ? 0 : 1, data: report, text: formatDoctor(report) };
  },
  async demo() {
    const scenes = await playDemo();
    return { exitCode: 0, data: scenes, text: formatDemo(scenes) };
  },
  'register-path'() {
    const path = join(__dirname, 'register.js');
    return { exitCode: 0, data: { path }, text: `${path}\n` };
  },
};

/** Runs the command line `args` (without node and script) and returns its exit code. */
export async function run(args: readonly string[], { out, err }: Output): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    err(`v6only: ${visible(parsed)}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    out(USAGE);
    return 0;
  }
  try {
    const result = await parsed.command();
    out(parsed.json ? `${JSON.stringify(result.data, null, 2)}\n` : result.text);
    return result.exitCode;
  } catch (error) {
    err(`v6only: ${visible(isError(error) ? error.message : String(error))}\n`);
    return 1;
  }
}

interface Parsed {
  help: boolean;
  json: boolean;
  command: () => Result | Promise<Result>;
}

/** What was asked for, or what is wrong with it. */
function parse(args: readonly string[]): Parsed | string {
  try {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { json = false, help = false } = values;
    const [name, ...rest] = positionals;
    const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined && rest.length === 0) return { help, json, command };
    if (help && name === undefined) return { help, json, command: examineNothing };
    return complaint(name, rest);
  } catch (error) {
    // The rest of Node's message is about arguments that no command here takes.
    return isError(error) ? (error.message.split('. ')[0] ?? '') : String(error);
  }
}

function examineNothing(): Result {
  return { exitCode: 0, data: null, text: '' };
}

function complaint(name: string | undefined, rest: readonly string[]): string {
  const known = Object.keys(COMMANDS).join(', ');
  if (name === undefined) return `no command given; one of ${known}`;
  if (rest.length > 0 && Object.hasOwn(COMMANDS, name))
    return `${name} takes no argument, found ${JSON.stringify(rest[0])}`;
  return `unknown command ${JSON.stringify(name)}; one of ${known}`;
}

/** What others wrote may hold sequences that a terminal obeys: C0, DEL and C1 are shown as \\xNN. */
function visible(text: string): string {
  return [...text].map((char) => (isControl(char) ? `\\x${hex(char)}` : char)).join('');
}

function isControl(char: string): boolean {
  const code = char.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0');
}
