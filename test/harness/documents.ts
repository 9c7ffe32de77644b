/** The repository's documents, their code blocks, and the output of typing one in. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inNamespace, LO_UP } from './namespace';
import { type Ended, repositoryRoot, run } from './node-child';
import { type Copy, copyPackage } from './package-copy';

export interface Block {
  /** For a failing test: the document and the line. */
  readonly place: string;
  readonly language: string;
  /** The word after the language: the block's source file. */
  readonly file: string;
  readonly text: string;
}

/** Each document's text, by its path. */
export function documents(): Map<string, string> {
  const names = ['', 'docs/', '.github/'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder)).map((name) => folder + name),
  );
  const markdown = names.filter((name) => name.endsWith('.md'));
  return new Map(markdown.map((name) => [name, readFileSync(join(repositoryRoot, name), 'utf8')]));
}

/** The doc comments of each source file, by its path, on their own lines. */
export function docComments(): Map<string, string> {
  const names = readdirSync(join(repositoryRoot, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names.filter((name) => name.endsWith('.ts')).map((name) => `src/${name}`);
  return new Map(sources.map((name) => [name, commentsOf(readFileSync(join(repositoryRoot, name), 'utf8'))]));
}

/** The text of comments, without the asterisk in front of it; code is left out. */
function commentsOf(source: string): string {
  return source
    .split('\n')
    .map((line) => /^ \*(?: (.*))?$/.exec(line)?.[1] ?? '')
    .join('\n');
}

export function blocksOf(document: string, text: string): Block[] {
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = '', 2: file = '', 3: body = '', index }) => {
      const line = text.slice(0, index).split('\n').length;
      return { place: `${document}:${line}`, language, file, text: body };
    },
  );
}

/** A folder as after `npm install v6only`, with the examples beside it. */
export function userFolder(): Copy {
  const copy = copyPackage({ addon: true });
  const command = join(copy.folder, 'node_modules/v6only/dist/bin.js');
  chmodSync(command, 0o755);
  mkdirSync(join(copy.folder, 'node_modules/.bin'));
  symlinkSync(command, join(copy.folder, 'node_modules/.bin/v6only'));
  // No progress bars, which curl omits on a terminal.
  copy.write('.curlrc', 'silent\nshow-error\n');
  cpSync(join(repositoryRoot, 'examples'), join(copy.folder, 'examples'), { recursive: true });
  return copy;
}

/** Waits until a background program is listening and has printed what the document shows. */
function inBackground(command: string, lines: number): string[] {
  const [listening, printed] = ['$(ss -Hltun | wc -l)', '$(wc -l < "$log")'];
  return [
    `before=${listening} log=$(mktemp ./background.XXXXXX)`,
    `${command} > "$log" 2>&1 &`,
    `until [ "${listening}" -gt "$before" ] && [ "${printed}" -ge ${lines} ]; do sleep 0.05; done`,
    'cat "$log"',
  ];
}

/** Preserves `$?`. */
const PROMPT = `prompt() { local status=$?; printf '%s\\n' "$1"; return $status; }`;

/** A script of the commands after each `$ ` in a block, which echoes the prompt and leaves no process behind. */
function scriptOf(text: string): string {
  const script = ["trap 'kill $(jobs -p) 2>/dev/null' EXIT", 'exec 2>&1', PROMPT];
  for (const [, command = '', output = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
    script.push(`prompt ${quoted(`$ ${command}`)}`);
    const lines = output.split('\n').length - 1;
    if (command.endsWith(' &')) script.push(...inBackground(command.slice(0, -2), lines));
    else script.push(command);
  }
  return script.join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Types a block in, in its own network where every port is free. */
export function typeIn(text: string, folder: string): Promise<Ended> {
  const [program = '', ...args] = inNamespace([LO_UP], ['bash', '-c', scriptOf(text)]);
  const env = {
    // `node` is the version that runs the tests.
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    CURL_HOME: folder,
    NO_COLOR: '1',
    npm_config_loglevel: 'error',
    npm_config_update_notifier: 'false',
  };
  return run(program, args, { cwd: folder, env, timeoutMs: 120_000 });
}

/** Replaces what differs between machines and runs: versions, process IDs, descriptors, client ports. */
const VARYING: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^\[\d+\] \d+\n/gm, ''],
  [/\b(pid|node|"pid":) +\d+\b/g, '$1 PID'],
  // On a busy machine, the search for the program that holds a port times out.
  [/, node, pid PID(?=\))/g, ''],
  // After the pids, which may be in the same range.
  [/\b(3[2-9]|[45]\d|6[0-5])\d{3}\b/g, 'PORT'],
  [/^([gs]etsockopt|bind|listen)\(\d+/gm, '$1(FD'],
  [/\bdescriptor \d+/g, 'descriptor FD'],
  [/\bv\d+\.\d+\.\d+\b/g, 'VERSION'],
  [/\b(linux|Linux) \d[\w.-]*/g, '$1 RELEASE'],
  [/("release": )"[^"]*"/g, '$1RELEASE'],
  // Column widths depend on the numbers.
  [/ +/g, ' '],
  [/ +$/gm, ''],
];

export function withoutVarying(text: string): string {
  return VARYING.reduce((result, [pattern, name]) => result.replace(pattern, name), text);
}
