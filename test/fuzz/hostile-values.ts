/**
 * What a caller may hand over by mistake or on purpose, as fast-check arbitraries of functions that make it: each value
 * is made anew, and fast-check, which looks for methods on what it generates, sees none of the traps and getters.
 */
import dgram from 'node:dgram';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { inspect } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';

/** What the getters and traps of the values below throw: the caller's own, which has to come out as it is. */
export class Thrown extends Error {}

const raise = (): never => {
  throw new Thrown('of the caller');
};

/** Objects of another realm: no `instanceof` of this one holds for them. */
const foreign = vm.createContext({});

const NUMBERS = [
  0,
  -0,
  1,
  2,
  3,
  1.5,
  -1,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 3,
  1e21,
  NaN,
  Infinity,
];

const ADDRESSES = [
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::FFFF:7f00:1%lo',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '127.0.0.1',
];

const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double(), fc.integer());

const text = fc.oneof(
  fc.constantFrom(...ADDRESSES, '', '3', '0', 'true', '__proto__', '\0', '\ud800', 'x'.repeat(100_000)),
  fc.ipV6(),
  fc.string({ unit: 'binary' }),
);

const primitive = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constantFrom(undefined, null, Symbol('hostile'), Symbol.iterator),
  fc.bigInt(),
);

/** Properties that this package or Node would look at. */
const KEYS = [
  'fd',
  '_handle',
  'destroyed',
  'connecting',
  'encrypted',
  'remoteAddress',
  'remotePort',
  'server',
  'listener',
  'listen',
  'callback',
  'addMembership',
  'setMulticastTTL',
  'type',
  'name',
  'then',
  'toString',
  'constructor',
  'port',
  'host',
  'pid',
  'listening',
  'processes',
  'signal',
  'code',
  'length',
  'call',
  'map',
];

/** A getter that answers otherwise each time. */
function changing(values: readonly unknown[]): PropertyDescriptor {
  let reads = 0;
  return { get: () => values[reads++ % values.length], enumerable: true, configurable: true };
}

const property: fc.Arbitrary<PropertyDescriptor> = fc.oneof(
  primitive.map((value) => ({ value, enumerable: true })),
  primitive.map((value) => ({ value: () => value, enumerable: true })),
  fc.constant({ value: { fd: 2 ** 32 + 3 }, enumerable: true }),
  fc.constant({ value: raise, enumerable: true }),
  fc.constant({ get: raise, enumerable: true }),
  fc.array(primitive, { minLength: 2, maxLength: 3 }).map(changing),
);

type Make = () => unknown;

const PROTOTYPES: readonly (object | null)[] = [
  Object.prototype,
  null,
  net.Server.prototype,
  net.Socket.prototype,
  tls.TLSSocket.prototype,
  dgram.Socket.prototype,
  http.Server.prototype,
  Error.prototype,
  Array.prototype,
  AbortSignal.prototype,
  vm.runInContext('Object.prototype', foreign),
];

/** Odd prototypes with odd properties on them. */
const object = fc
  .record({
    prototype: fc.constantFrom(...PROTOTYPES),
    properties: fc.array(fc.tuple(fc.constantFrom(...KEYS), property), { maxLength: 5 }),
    frozen: fc.boolean(),
  })
  .map(
    ({ prototype, properties, frozen }): Make =>
      () => {
        const made: object = Object.create(prototype);
        for (const [key, descriptor] of properties)
          Reflect.defineProperty(made, key, { configurable: true, ...descriptor });
        return frozen ? Object.freeze(made) : made;
      },
  );

/** Made by every call anew, because some are changed by what is called with them. */
const MAKERS: readonly Make[] = [
  () => net.createServer(),
  () => http.createServer(),
  () => tls.createServer(),
  () => Object.freeze(net.createServer()),
  () => new Proxy(net.createServer(), {}),
  () => new net.Socket(),
  () => new net.Socket().destroy(),
  () => new tls.TLSSocket(new net.Socket()),
  () => dgram.createSocket('udp6'),
  () => dgram.createSocket('udp4'),
  () => dgram.createSocket({ type: 'udp6', ipv6Only: true }),
  () => Object.freeze(dgram.createSocket('udp6')),
  () => new Proxy(dgram.createSocket('udp6'), {}),
  () => dgram.createSocket('udp6').close(),
  () => new Map([[1, 2]]),
  () => new Date(Number.NaN),
  () => new Error('plain'),
  () => Buffer.from('::1'),
  () => new Float64Array(3),
  () => Promise.resolve(3),
  () => new AbortController().signal,
  () => AbortSignal.abort(new Thrown('reason')),
  () => Object.create(AbortSignal.prototype),
  () => Object.defineProperty(() => {}, 'name', { value: Symbol('name') }),
  () => Object.defineProperty(() => {}, 'name', { get: raise }),
  () => ({ fd: Object.assign(() => -1, { call: 3 }) }),
  () => ({ [Symbol('state symbol')]: { handle: { fd: 'x' } }, addMembership: 1, setMulticastTTL: 1 }),
  () => Object.assign([], { map: () => [1] }),
  () => new Array(2 ** 32 - 1),
  () => vm.runInContext('({ fd: 3, get port() { return 1 } })', foreign),
  () => vm.runInContext('new Proxy({}, {})', foreign),
  () => vm.runInContext('() => { throw 1 }', foreign),
  () => revoked(),
  () => Object.create(null, { [Symbol.toPrimitive]: { get: raise } }),
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const TRAPS = [
  'get',
  'has',
  'getPrototypeOf',
  'ownKeys',
  'getOwnPropertyDescriptor',
  'defineProperty',
] as const;

const made = fc.constantFrom(...MAKERS);

type Trap = (target: object, key: PropertyKey, receiver: unknown) => unknown;

const trap = fc.oneof(
  fc.constant<Trap>(raise),
  primitive.map(
    (value): Trap =>
      () =>
        value,
  ),
);

/** Answers anything for what the package asks for, and rightly for what Node needs to be Node. */
function onlyKnown(get: Trap): Trap {
  return (target, key, receiver) =>
    KEYS.includes(String(key)) ? get(target, key, receiver) : Reflect.get(target, key, receiver);
}

/** A proxy around something, some of whose traps throw or answer anything. */
const proxy = fc.tuple(fc.oneof(object, made), fc.dictionary(fc.constantFrom(...TRAPS), trap)).map(
  ([make, traps]): Make =>
    () => {
      const target = make();
      if (typeof target !== 'object' || target === null) return target;
      const { get, ...others } = traps;
      return new Proxy(target, get === undefined ? others : { ...others, get: onlyKnown(get) });
    },
);

/** For the message of a failure. */
function shown(make: Make): Make {
  const text = (): string => inspect(make(), { depth: 1, breakLength: 110, maxStringLength: 80 });
  return Object.assign(() => make(), { [fc.toStringMethod]: text });
}

/** Functions that make anything. */
export const hostile: fc.Arbitrary<Make> = fc
  .oneof(
    {
      weight: 3,
      arbitrary: primitive.map(
        (value): Make =>
          () =>
            value,
      ),
    },
    { weight: 4, arbitrary: object },
    { weight: 3, arbitrary: made },
    { weight: 3, arbitrary: proxy },
    {
      weight: 1,
      arbitrary: fc.anything({ withBigInt: true, withMap: true }).map(
        (value): Make =>
          () =>
            value,
      ),
    },
  )
  .map(shown);

function makeAll(makers: Readonly<Record<string, Make | undefined>>): object {
  return Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make?.()]));
}

/** Functions that make options, of which some are right, some wrong and some unknown. */
export function options(right: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Make> {
  const value = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Make> =>
    fc.oneof(
      {
        weight: 12,
        arbitrary: arbitrary.map(
          (given): Make =>
            () =>
              given,
        ),
      },
      { weight: 1, arbitrary: hostile },
    );
  const values = Object.fromEntries(Object.entries(right).map(([key, arbitrary]) => [key, value(arbitrary)]));
  const sensible = fc.record(values, { requiredKeys: [] });
  const odd = fc.tuple(sensible, fc.constantFrom(...KEYS), property);
  return fc
    .oneof(
      {
        weight: 8,
        arbitrary: sensible.map(
          (makers): Make =>
            () =>
              makeAll(makers),
        ),
      },
      {
        weight: 2,
        arbitrary: odd.map(([makers, key, descriptor]): Make => {
          return () => Object.defineProperty(makeAll(makers), key, { configurable: true, ...descriptor });
        }),
      },
      { weight: 1, arbitrary: hostile },
    )
    .map(shown);
}
