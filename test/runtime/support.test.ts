/** The rows of Bun and Deno; test/platforms holds them against these runtimes. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  adoptsServers,
  currentRuntime,
  dropsIPv6OnlyWithoutHost,
  requireChoice,
  requireDescriptors,
  requireNetServer,
  requireSeveralSockets,
  requireShown,
  requireShownServer,
} from '../../src/runtime/support';
import { thrown } from '../harness/thrown';

const versions = process.versions;

function pretend(name: string): void {
  Object.defineProperty(process, 'versions', { value: { ...versions, [name]: '1.0.0' }, configurable: true });
}

afterEach(() => {
  Object.defineProperty(process, 'versions', { value: versions, configurable: true });
});

/** Whether it is refused as what this runtime cannot do. */
function refuses(step: () => unknown): boolean {
  const error = thrown(step);
  if (error === undefined) return false;
  expect(error).toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-runtime' });
  return true;
}

/** As Bun's http.Server is: no net.Server, and without a descriptor. */
const likeServer = { listen() {}, address: () => null, listening: true };
const connected = { remoteAddress: '::1' };

const QUESTIONS: readonly [string, () => unknown, readonly string[]][] = [
  ['choosing for a server', () => requireChoice('servers'), ['bun']],
  ['choosing for a udp socket', () => requireChoice('datagrams'), ['bun', 'deno']],
  ['several sockets for a server', () => requireSeveralSockets(), ['bun', 'deno']],
  ['the descriptor of a listening server', () => requireShownServer('getsockopt'), ['deno']],
  ['descriptors of servers', () => requireDescriptors('servers', 'getsockopt'), []],
  ['descriptors of udp sockets', () => requireDescriptors('datagrams', 'getsockopt'), ['deno']],
  ['a connection without descriptor', () => requireShown(connected, 'getsockopt'), ['bun', 'deno']],
  ['a socket that is not connected', () => requireShown({}, 'getsockopt'), []],
  ['a server that is no net.Server', () => requireNetServer(likeServer, 'getsockopt'), ['bun', 'deno']],
  ['an object that is no server', () => requireNetServer({ listen() {} }, 'getsockopt'), []],
  ['null', () => requireNetServer(null, 'getsockopt'), []],
];

describe.each(['node', 'bun', 'deno'])('support of %s', (name) => {
  it('is told by process.versions', () => {
    pretend(name);
    expect(currentRuntime().name).toBe(name);
    expect(adoptsServers()).toBe(name === 'deno');
  });

  it.each(QUESTIONS)('%s', (_question, step, refusing) => {
    pretend(name);
    expect(refuses(step)).toBe(refusing.includes(name));
  });
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
