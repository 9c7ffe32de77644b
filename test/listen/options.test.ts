/** What `listen` and `bindUdp` take, without a socket: what becomes of it, and in which words the rest is refused. */
import { lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { checkListenOptions } from '../../src/listen/options';
import type { Ports } from '../../src/listen/ports';
import { isStack } from '../../src/listen/stack';
import { checkBindUdpOptions } from '../../src/listen/udp-options';
import { SignalOfPolyfill } from '../harness/signals';
import { thrown } from '../harness/thrown';

const hosts = (...names: string[]): object[] => names.map((host) => ({ host, optional: false }));
const COMMON = { port: 0, hosts: hosts(''), stack: undefined, required: 'any', signal: undefined };

/** With the first port in place of the ports. */
const withPort = ({ ports, ...rest }: { ports: Ports }): object => ({ port: ports.port, ...rest });
const { signal } = new AbortController();

/** Taken by both calls alike. */
const TAKEN: readonly [given: object, checked: object][] = [
  [{}, {}],
  [{ port: undefined, host: undefined }, {}],
  [{ port: null, host: null }, {}],
  [{ port: 65535 }, { port: 65535 }],
  [{ port: 1 }, { port: 1 }],
  [{ port: '8080' }, { port: 8080 }],
  [{ port: ' 80 ' }, { port: 80 }],
  [{ port: '0x50' }, { port: 80 }],
  [{ host: '' }, {}],
  [{ host: '::' }, { hosts: hosts('::') }],
  [{ host: 'name.test' }, { hosts: hosts('name.test') }],
  [{ host: ['::1', '127.0.0.1'] }, { hosts: hosts('::1', '127.0.0.1') }],
  [{ host: { host: '::1' } }, { hosts: hosts('::1') }],
  [
    { host: ['::1', { host: '127.0.0.1', optional: true }] },
    { hosts: [...hosts('::1'), { host: '127.0.0.1', optional: true }] },
  ],
  [{ port: [8080, '0'] }, { port: 8080 }],
  [{ port: new Set([8080]) }, { port: 8080 }],
  [{ stack: 'ipv6', required: 'any' }, { stack: 'ipv6' }],
  [
    { stack: 'system', required: 'both' },
    { stack: 'system', required: 'both' },
  ],
  [{ stack: 'dual' }, { stack: 'dual' }],
  [{ stack: 'split' }, { stack: 'split' }],
  [{ signal }, { signal }],
  [{ path: undefined }, {}],
];

const type = (name: string, expected: string, received: string): string =>
  `The "options.${name}" argument must be ${expected}. Received ${received}`;
const value = (name: string, problem: string, received: string): string =>
  `The argument 'options.${name}' ${problem}. Received ${received}`;
const port = (received: string): string =>
  `options.port should be >= 0 and < 65536. Received type ${received}.`;
const backlog = (received: string): string =>
  `The value of "options.backlog" is out of range. It must be an integer >= 0 and <= 2147483647. Received ${received}`;

const STACK = 'must be one of split, ipv6, dual, system';
const REQUIRED = 'must be one of any, both';
const TEXTS = 'a string, { host, optional }, or an array of them';
const PORTS = 'a number, or an iterable of numbers';

/** An array whose second element is missing. */
const withHole = (first: unknown): unknown[] => Object.assign([first], { length: 2 });

/** Refused by both. */
const REFUSED: readonly [given: unknown, message: string][] = [
  [undefined, 'The "options" argument must be an object. Received undefined'],
  [null, 'The "options" argument must be an object. Received null'],
  [80, 'The "options" argument must be an object. Received type number (80)'],
  [{ stack: 'v6' }, value('stack', STACK, "'v6'")],
  [{ stack: ['split'] }, value('stack', STACK, "[ 'split' ]")],
  [{ required: 'all' }, value('required', REQUIRED, "'all'")],
  [{ required: ['any'] }, value('required', REQUIRED, "[ 'any' ]")],
  [{ stack: 'ipv6', required: 'both' }, value('required', "contradicts the stack 'ipv6'", "'both'")],
  [
    { stack: 'ipv6', required: 'both', host: '::1' },
    value('required', "contradicts the stack 'ipv6'", "'both'"),
  ],
  [{ port: -1 }, port('number (-1)')],
  [{ port: 65536 }, port('number (65536)')],
  [{ port: 1.5 }, port('number (1.5)')],
  [{ port: '' }, port("string ('')")],
  [{ port: ' ' }, port("string (' ')")],
  [{ port: '80a' }, port("string ('80a')")],
  [{ port: true }, type('port', PORTS, 'type boolean (true)')],
  [{ port: {} }, type('port', PORTS, '{}')],
  [{ port: [] }, value('port', 'must name at least one port', '[]')],
  [{ port: [1, -1] }, port('number (-1)')],
  [{ port: withHole(1) }, type('port', PORTS, 'undefined')],
  [{ host: [] }, value('host', 'must not be empty; leave it out for the wildcards', '[]')],
  [{ host: 3 }, type('host', TEXTS, 'type number (3)')],
  [{ host: ['::1', ''] }, type('host', TEXTS, "type string ('')")],
  [{ host: withHole('::1') }, type('host', TEXTS, 'undefined')],
  [{ host: { host: '' } }, type('host.host', 'a string', "type string ('')")],
  [{ host: { host: '::1', optional: 1 } }, type('host.optional', 'a boolean', 'type number (1)')],
  [
    { host: { host: '::1', port: 1 } },
    value('host.port', 'is not a known option; known options are host, optional', '1'),
  ],
  [{ signal: {} }, type('signal', 'an AbortSignal', '{}')],
  [{ signal: null }, type('signal', 'an AbortSignal', 'null')],
];

const KNOWN = 'is not a known option; known options are port, host, stack, required, signal';

describe('options of listen()', () => {
  const OWN = { backlog: undefined, exclusive: undefined, reusePort: undefined };

  it.each([
    ...TAKEN,
    [{ backlog: 0 }, { backlog: 0 }],
    [{ backlog: 2147483647 }, { backlog: 2147483647 }],
    [
      { exclusive: true, reusePort: false },
      { exclusive: true, reusePort: false },
    ],
  ])('takes %j', (given, checked) => {
    expect(withPort(checkListenOptions(given))).toEqual({ ...COMMON, ...OWN, ...checked });
  });

  it.each<[unknown, string]>([
    ...REFUSED,
    [{ path: '/x' }, value('path', `${KNOWN}, backlog, exclusive, reusePort`, "'/x'")],
    [{ reuseAddr: true }, value('reuseAddr', `${KNOWN}, backlog, exclusive, reusePort`, 'true')],
    [{ backlog: '10' }, type('backlog', 'a number', "type string ('10')")],
    [{ backlog: -1 }, backlog('-1')],
    [{ backlog: 2147483648 }, backlog('2147483648')],
    [{ exclusive: 1 }, type('exclusive', 'a boolean', 'type number (1)')],
    [{ reusePort: null }, type('reusePort', 'a boolean', 'null')],
  ])('refuses %j', (given, message) => {
    expect(thrown(() => checkListenOptions(given))).toMatchObject({ message });
  });
});

describe('options of bindUdp()', () => {
  const OWN = {
    reuseAddr: undefined,
    reusePort: undefined,
    exclusive: undefined,
    recvBufferSize: undefined,
    sendBufferSize: undefined,
    lookup: undefined,
  };
  const ALL = `${KNOWN}, ${Object.keys(OWN).join(', ')}`;
  const size = (name: string, received: string): string =>
    `The value of "options.${name}" is out of range. It must be an integer >= 1 and <= 2147483647. Received ${received}`;

  it.each([
    ...TAKEN,
    [{ reuseAddr: true }, { reuseAddr: true }],
    [{ reusePort: true }, { reusePort: true }],
    [{ exclusive: false }, { exclusive: false }],
    [{ recvBufferSize: 1 }, { recvBufferSize: 1 }],
    [{ sendBufferSize: 2147483647 }, { sendBufferSize: 2147483647 }],
    [{ lookup }, { lookup }],
  ])('takes %j', (given, checked) => {
    expect(withPort(checkBindUdpOptions(given))).toEqual({ ...COMMON, ...OWN, ...checked });
  });

  it.each<[unknown, string]>([
    ...REFUSED,
    [{ fd: 3 }, value('fd', ALL, '3')],
    [{ backlog: 1 }, value('backlog', ALL, '1')],
    [{ reuseAddr: 1 }, type('reuseAddr', 'a boolean', 'type number (1)')],
    [{ reusePort: 'yes' }, type('reusePort', 'a boolean', "type string ('yes')")],
    [{ exclusive: null }, type('exclusive', 'a boolean', 'null')],
    [{ recvBufferSize: '1' }, type('recvBufferSize', 'a number', "type string ('1')")],
    [{ recvBufferSize: 0 }, size('recvBufferSize', '0')],
    [{ sendBufferSize: 2147483648 }, size('sendBufferSize', '2147483648')],
    [{ sendBufferSize: 1.5 }, size('sendBufferSize', '1.5')],
    [{ lookup: null }, type('lookup', 'a function', 'null')],
  ])('refuses %j', (given, message) => {
    expect(thrown(() => checkBindUdpOptions(given))).toMatchObject({ message });
  });
});

it.each(['split', 'ipv6', 'dual', 'system'])('options: %s is a stack', (word) => {
  expect(isStack(word)).toBe(true);
  expect(isStack([word])).toBe(false);
  expect(isStack(`${word} `)).toBe(false);
});

it('options: names inherited options that nobody would look at', () => {
  const message = expect.stringContaining("'options.path'");
  expect(thrown(() => checkListenOptions(Object.create({ path: '/x' })))).toMatchObject({ message });
});

it('options: something that only looks like a signal is none, and the error says so', () => {
  const message = expect.stringContaining('must be an AbortSignal');
  const { addEventListener } = signal;
  const fakes = [
    ...[Object.create(AbortSignal.prototype), { aborted: false }, new EventTarget()],
    ...[
      { aborted: false, addEventListener },
      Object.assign(new EventTarget(), { aborted: 'no' }),
      AbortSignal,
    ],
  ];
  for (const fake of fakes)
    expect(thrown(() => checkListenOptions({ signal: fake }))).toMatchObject({ message });
});

it("options: takes a polyfill's signal, as Node does", () => {
  const polyfill = new SignalOfPolyfill();
  expect(checkListenOptions({ signal: polyfill }).signal).toBe(polyfill);
  expect(checkBindUdpOptions({ signal: polyfill }).signal).toBe(polyfill);
});
