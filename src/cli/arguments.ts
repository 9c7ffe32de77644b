/** Strict parsing of the command line: nothing is ignored, and errors are one line. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { isError } from '../kernel/errors';

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = ReturnType<typeof parseArgs>['values'];

/** Options of every command. */
export const COMMON = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies Options;

/** The valid options depend on the command, which may come after its own options. */
export function commandIn(args: readonly string[], all: Options): string | undefined {
  return parseArgs({ args: [...args], options: all, allowPositionals: true, strict: false }).positionals[0];
}

/** Returns a string to say what is wrong. */
export function parseStrictly(
  args: readonly string[],
  options: Options,
): { values: Values; positionals: string[] } | string {
  try {
    return parseArgs({ args: joinNumbers(args, options), options, allowPositionals: true });
  } catch (error) {
    // The rest of Node's message is about positional arguments, which don't apply here.
    return isError(error) ? (error.message.split(/\.\s/)[0] ?? '') : String(error);
  }
}

/** `--port -1` is a wrong number; Node would report a missing argument. */
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

/** A number from the command line, or what is wrong with it. */
export function numberOf(values: Values, name: string, most: number): number | string | undefined {
  const given = values[name];
  if (typeof given !== 'string') return undefined;
  const found = `--${name} takes a whole number from 1 to ${most}, found ${JSON.stringify(given)}`;
  return wholeNumber(given, most) ?? found;
}

/** A positive number in plain decimal digits; null for anything else. */
export function wholeNumber(text: string, most: number): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= most ? Number(text) : null;
}
