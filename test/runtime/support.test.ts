/** The rows of Bun and Deno; test/platforms holds them against these runtimes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  type CapabilityName,
  currentRuntime,
  dropsIPv6OnlyWithoutHost,
  requireNetServer,
  requireSupport,
} from '../../src/runtime/support';
import { repositoryRoot } from '../harness/node-child';
import { thrown } from '../harness/thrown';

const versions = process.versions;

function pretend(name: string): void {
  Object.defineProperty(process, 'versions', { value: { ...versions, [name]: '1.0.0' }, configurable: true });
}

afterEach(() => {
  Object.defineProperty(process, 'versions', { value: versions, configurable: true });
});

/** Whether it is refused as what this runtime cannot do. */
function refuses(name: string, step: () => unknown): boolean {
  const error = thrown(step);
  if (error === undefined) return false;
  expect(error).toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-runtime', syscall: 'getsockopt' });
  expect(String(error)).toMatch(new RegExp(`: ${name} .+; run this in Node$`));
  return true;
}

/** Who refuses; nobody, where it is not in this list. */
const REFUSING: Partial<Record<CapabilityName, readonly string[]>> = {
  chooseServer: ['bun', 'deno'],
  readHttpServer: ['bun'],
  serverDescriptor: ['deno'],
  readConnection: ['deno'],
  readHttpConnection: ['bun', 'deno'],
  readDatagram: ['deno'],
  chooseDatagram: ['bun', 'deno'],
  severalSockets: ['bun', 'deno'],
  bindMatrix: ['bun', 'deno'],
};

const NAMES = Object.keys(CAPABILITIES).filter((name): name is CapabilityName => name in CAPABILITIES);

/** As Bun's http.Server is: no net.Server, and without a descriptor. */
const likeServer = { listen() {}, address: () => null, listening: true };

describe.each(['node', 'bun', 'deno'])('support of %s', (name) => {
  it('is told by process.versions', () => {
    pretend(name);
    expect(currentRuntime().name).toBe(name);
  });

  it.each(NAMES)('requireSupport(%j)', (what) => {
    pretend(name);
    const refusing = REFUSING[what]?.includes(name) ?? false;
    expect(refuses(name, () => requireSupport(what, 'getsockopt'))).toBe(refusing);
  });

  it('requireNetServer refuses what looks like a server, and nothing else', () => {
    pretend(name);
    expect(refuses(name, () => requireNetServer(likeServer, 'getsockopt'))).toBe(name === 'bun');
    for (const other of [{ listen() {} }, null, 3]) requireNetServer(other, 'getsockopt');
  });
});

it('docs/runtimes.md has the same table', () => {
  const rows = Object.values(CAPABILITIES).map(({ what, bun, deno }) => [what, 'yes', bun, deno]);
  const table = [['', 'Node', 'Bun', 'Deno (`-A`)'], ['---', '---', '---', '---'], ...rows];
  const lines = table.map(
    (cells) => `|${cells.map((cell) => (/^-*$/.test(cell) ? cell : ` ${cell} `)).join('|')}|`,
  );
  const text = lines.join('\n').replace(/^\|\|/, '| |');
  expect(readFileSync(join(repositoryRoot, 'docs/runtimes.md'), 'utf8')).toContain(`\n\n${text}\n\n`);
});

it.each([
  ['v20.20.2', true],
  ['v22.11.0', true],
  ['v22.12.0', false],
  ['v23.0.0', true],
  ['v23.1.0', false],
  ['v24.0.0', false],
])('dropsIPv6OnlyWithoutHost(): Node %s loses ipv6Only without a host: %s', (version, loses) => {
  expect(dropsIPv6OnlyWithoutHost(version)).toBe(loses);
});
