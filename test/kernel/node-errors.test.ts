/** Errors that Node has too: with its classes, its codes and its words. */
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/kernel/node-errors';

const shape = (error: Error): object => ({ ...error, name: error.name, message: error.message });

describe('errors of Node: wrong arguments', () => {
  const type = (value: unknown) => errors.invalidArgType('a', 'b', value).message;

  it.each([
    [undefined, 'Received undefined'],
    [null, 'Received null'],
    [3, 'Received type number (3)'],
    ['x', "Received type string ('x')"],
    ['x'.repeat(50), `Received type string ('${'x'.repeat(39)}...)`],
    ['x'.repeat(38), `Received type string ('${'x'.repeat(38)}')`],
    [() => {}, 'Received [Function (anonymous)]'],
    [{ a: 1 }, 'Received [Object]'],
  ])('%s', (value, received) => {
    expect(type(value)).toBe(`The "a" argument must be b. ${received}`);
  });

  it('have the class and the code of Node', () => {
    expect(shape(errors.invalidArgType('a', 'b', 1))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(shape(errors.invalidArgValue('a', 'v', 'is wrong'))).toEqual({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: "The argument 'a' is wrong. Received 'v'",
    });
    expect(shape(errors.outOfRange('a', 'less', 9))).toEqual({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: 'The value of "a" is out of range. It must be less. Received 9',
    });
    expect(shape(errors.badPort('a', -1))).toEqual({
      name: 'RangeError',
      code: 'ERR_SOCKET_BAD_PORT',
      message: 'a should be >= 0 and < 65536. Received type number (-1).',
    });
    expect(errors.cannotChange('a', {}, 'k').message).toBe(
      "The argument 'a' must allow its 'k' to be replaced, but is frozen, sealed or a proxy. Received {}",
    );
  });

  it('show 128 characters of a value, and say so of one that cannot be inspected', () => {
    const shown = (length: number) => errors.invalidArgValue('a', 'x'.repeat(length), '').message.length;
    expect(shown(126)).toBe(shown(125) + 1);
    expect(shown(127)).toBe(shown(126) + 3);
    expect(shown(9999)).toBe(shown(127));
    expect(errors.invalidArgValue('a', Object.create(AbortSignal.prototype), '').message).toMatch(
      /cannot be inspected|AbortSignal/,
    );
  });
});

it("errors of Node: has Node's own errors where Node has them", () => {
  const cause = new Error('cause');
  expect(shape(errors.accessDenied('::'))).toEqual({
    name: 'Error',
    message: 'Access to this API has been restricted. Use --allow-net to manage permissions.',
    code: 'ERR_ACCESS_DENIED',
    permission: 'Net',
    resource: '::',
  });
  const aborted = errors.abortError(cause);
  expect(shape(aborted)).toMatchObject({
    name: 'AbortError',
    message: 'The operation was aborted',
    code: 'ABORT_ERR',
  });
  expect(aborted.cause).toBe(cause);
  expect(shape(errors.alreadyListening())).toEqual({
    name: 'Error',
    message: 'Listen method has been called more than once without closing.',
    code: 'ERR_SERVER_ALREADY_LISTEN',
  });
});
