import { describe, expect, it } from 'vitest';
import { checkProcesses, listRefused } from '../../src/machine/socket-filter';

describe('the options of listSockets', () => {
  it.each([
    [{}, true],
    [{ processes: undefined }, true],
    [{ processes: true }, true],
    [{ processes: false }, false],
  ])('%o', (options, processes) => {
    expect(checkProcesses(options)).toBe(processes);
  });

  it.each([[{ processes: 'no' }], [{ processes: null }], [{ processes: 0 }]])('not %o', (options) => {
    const expected = { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('options.processes') };
    expect(() => checkProcesses(options)).toThrow(expect.objectContaining(expected));
  });
});

it('listSockets(): says so where the addon knows no such call', () => {
  expect(listRefused(undefined)).toMatchObject({ code: 'ENOTSUP', reason: 'unsupported-platform' });
});
