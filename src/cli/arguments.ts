/** The command line, read strictly: nothing is ignored, and what is wrong is said in one line. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { isError } from '../kernel/errors';

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = ReturnType<typeof parseArgs>['values'];

/** What each command takes. */
export const COMMON = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies Options;

/** Which options there are depends on the command, which may stand behind options of its own. */
export function commandIn(args: readonly string[], all: Options): string | undefined {
  return parseArgs({ args: [...args], options: all, allowPositionals: true, strict: false }).positionals[0];
}

/** A text that comes back says what is wrong. */
export function parseStrictly(
  args: readonly string[],
  options: Options,
): { values: Values; positionals: string[] } | string {
  try {
    return parseArgs({ args: joinNumbers(args, options), options, allowPositionals: true });
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

/** A number of the command line, or what is wrong with it. */
export function numberOf(values: Values, name: string, most: number): number | string | undefined {
  const given = values[name];
  if (typeof given !== 'string') return undefined;
  const found = `--${name} takes a whole number from 1 to ${most}, found ${JSON.stringify(given)}`;
  return wholeNumber(given, most) ?? found;
}

/** A number from 1 on, written as people write numbers; null for anything else. */
export function wholeNumber(text: string, most: number): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= most ? Number(text) : null;
}
