/** The rooms of src/: what each may import, and which of its files others may. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Room {
  /** Rooms below. */
  readonly below: readonly string[];
  /** Files that other rooms may import. */
  readonly face: readonly string[];
}

const ROOMS: Readonly<Record<string, Room>> = {
  kernel: {
    below: [],
    face: [
      'accepts',
      'addon-unavailable',
      'addon',
      'address',
      'debug',
      'descriptor',
      'errors',
      'explain',
      'node-errors',
      'options',
      'platforms',
    ],
  },
  runtime: {
    below: ['kernel'],
    face: [
      ...['cluster', 'custom-lookup', 'datagrams', 'descriptors', 'emitter', 'flags', 'given'],
      ...['hidden-datagrams', 'listens', 'lookup', 'permission', 'property', 'redirect'],
      ...['shared-state', 'support'],
    ],
  },
  machine: {
    below: ['kernel', 'runtime'],
    face: [
      ...['conflicts', 'defaults', 'interfaces', 'list-sockets', 'listeners'],
      ...['processes', 'socket-filter', 'socket-rows'],
    ],
  },
  matrix: { below: ['kernel', 'runtime'], face: ['bind-matrix', 'bind-outcome', 'recorded-binds'] },
  socket: {
    below: ['kernel', 'runtime', 'machine'],
    face: [
      ...['attempt', 'binder', 'companions', 'datagram', 'describe', 'endpoint', 'endpoint-binder', 'given'],
      ...['peer', 'record', 'refusal', 'target', 'v6only', 'verify'],
    ],
  },
  listen: {
    below: ['kernel', 'runtime', 'machine', 'socket'],
    face: [
      ...['bind-udp', 'endpoints', 'listen', 'listening-sockets', 'options', 'policy', 'set-stack', 'stack'],
      ...['udp-options', 'udp-send'],
    ],
  },
  cli: {
    below: ['kernel', 'runtime', 'machine', 'matrix', 'socket', 'listen'],
    face: ['cli'],
  },
};

/** What users import or run; each may import the face of any room. */
const DOORS = ['address.ts', 'bin.ts', 'index.ts', 'register.ts'];

const folder = join(__dirname, '..', '..', 'src');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');
/** The code without its comments. */
const codeOf = (file: string): string => textOf(file).replace(/\/\*\*.*?\*\/|\/\/.*?$/gms, '');

/** What a file imports from other rooms, as room and file. */
function importsOf(file: string): { room: string; name: string }[] {
  return [...textOf(file).matchAll(/(?:from |import\(|require\()'(\.[^']+)'/g)]
    .map(([, path = '']) => posix.join(posix.dirname(file), path))
    .map((path) => ({ room: roomOf(path) ?? '', name: posix.basename(path) }))
    .filter(({ room }) => room !== roomOf(file));
}

describe('src/', () => {
  it('has the rooms, four doors, and nothing else', () => {
    expect(files.filter((file) => !file.includes('/')).sort()).toEqual(DOORS);
    expect([...new Set(files.map(roomOf).filter(Boolean))].sort()).toEqual(Object.keys(ROOMS).sort());
  });

  it.each(files)('%s imports only the faces of rooms below', (file) => {
    const allowed = DOORS.includes(file) ? Object.keys(ROOMS) : (ROOMS[roomOf(file) ?? '']?.below ?? []);
    for (const { room, name } of importsOf(file)) {
      expect(allowed, `${file} imports ${room}/${name}`).toContain(room);
      expect(ROOMS[room]?.face, `${file} imports ${room}/${name}`).toContain(name);
    }
  });

  it.each(Object.entries(ROOMS))('%s shows no file that no other room imports', (room, { face }) => {
    const used = files.flatMap(importsOf).filter((imported) => imported.room === room);
    expect([...new Set(used.map(({ name }) => name))].sort()).toEqual([...face].sort());
  });

  it('has no barrel file in a room', () => {
    expect(files.filter((file) => file.endsWith('/index.ts'))).toEqual([]);
    for (const statement of codeOf('index.ts').trim().split(/;\n*/).filter(Boolean))
      expect(statement).toMatch(/^export (?:type )?\{[^}]*\} from '\.\/[\w-]+\/[\w-]+'$/);
  });

  it.each(files)('%s has at most 250 lines', (file) => {
    expect(textOf(file).split('\n').length).toBeLessThanOrEqual(251);
  });

  it("names Node's internals and process.versions in runtime/ alone", () => {
    for (const file of files.filter((name) => roomOf(name) !== 'runtime'))
      expect(textOf(file), file).not.toMatch(
        /\b_(?:handle|listen2|listeningId|getServer|createServerHandle)\b|state symbol|owner_symbol|process\.versions\b/,
      );
  });

  it('makes errors of the system in kernel/errors.ts alone, where each is named for what happened', () => {
    const making = files.filter((file) => codeOf(file).includes('new SystemError('));
    expect(making).toEqual(['kernel/errors.ts']);
  });

  it('runs no shell and no code made from text, and programs from machine/ alone', () => {
    const running = files.filter((file) => codeOf(file).includes('child_process'));
    expect(running).toEqual(['machine/base-system.ts']);
    expect(codeOf('machine/base-system.ts')).toContain("import { execFile } from 'node:child_process';");
    for (const file of files)
      expect(codeOf(file), file).not.toMatch(
        /\bshell\s*[:=]|\beval\(|new Function\(|node:vm|createRequire|dlopen/,
      );
  });

  it('reads the environment in two places only: the policy, and the colours of the command', () => {
    const reading = files.filter((file) => codeOf(file).includes('process.env'));
    expect(reading.sort()).toEqual(['cli/text-table.ts', 'register.ts']);
  });
});
