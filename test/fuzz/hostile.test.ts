/** Every synchronous function with whatever a caller may hand over: an answer, or a documented error. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as index from '../../src/index';
import { expectNoLeaks } from '../harness/leaks';
import { FACTOR, requireDocumented, runs } from './documented';
import { hostile } from './hostile-values';

expectNoLeaks();

const RUNS = 2000 * FACTOR;

const EXPORTED = new Map<string, unknown>(Object.entries(index));

type Call = (value: unknown, other: unknown) => unknown;

/** Any argument, whatever the types say. */
const loose = (name: string): Call => {
  const named = EXPORTED.get(name);
  if (typeof named !== 'function') throw new Error(`no function ${name}`);
  return (...args) => Reflect.apply(named, undefined, args);
};

// Without `expect` for what is right: it is slow, and looks into the values.
const isAnswer =
  (...answers: unknown[]) =>
  (answer: unknown): void => {
    if (!answers.some((one) => Object.is(one, answer))) expect.fail(`answered ${typeof answer}`);
  };
const isObject = (answer: unknown): void => {
  if (typeof answer !== 'object') expect.fail(`answered ${typeof answer}`);
};

/** By name: what an answer has to be. */
const CALLS: Readonly<Record<string, (answer: unknown, value: unknown) => unknown>> = {
  setV6Only: (answer, value) => isAnswer(value)(answer),
  getV6Only: isAnswer(true, false),
  describeSocket: isObject,
  setStack: (answer, value) => isAnswer(value)(answer),
  listeningSockets: isObject,
  rejectIPv4Mapped: (answer, value) => isAnswer(value)(answer),
  peerAddress: isObject,
  isIPv4Mapped: isAnswer(true, false),
  unmapIPv4: (answer, value) => (typeof answer === 'string' ? undefined : isAnswer(value)(answer)),
  embeddedIPv4: isObject,
};

const second = fc.oneof(
  fc.constantFrom(undefined, true, false).map((value) => () => value),
  hostile,
);

function requireAnswer(name: string, call: Call, value: unknown, other: unknown): void {
  let answer: unknown;
  try {
    answer = call(value, other);
  } catch (error) {
    return requireDocumented(error);
  }
  CALLS[name]?.(answer, value);
}

it('hostile arguments: an answer or a documented error from every function', { timeout: 3_600_000 }, () => {
  const calls = Object.keys(CALLS).map((name) => [name, loose(name)] as const);
  const property = fc.property(hostile, second, (make, makeOther) => {
    for (const [name, call] of calls) requireAnswer(name, call, make(), makeOther());
  });
  fc.assert(property, runs(RUNS, calls.length));
});

const ASYNCHRONOUS = ['listen', 'bindMatrix', 'bindUdp', 'listSockets'];
/** Take no argument, or are a type that is exported as a value. */
const OTHERS = ['platformDefaults', 'SystemError', 'AddonUnavailableError'];

it('hostile arguments: leaves no exported function out', () => {
  expect([...EXPORTED.keys()].sort()).toEqual([...Object.keys(CALLS), ...ASYNCHRONOUS, ...OTHERS].sort());
});
