/** What setV6Only, getV6Only and describeSocket take, and the errors for everything else. */
import dgram from 'node:dgram';
import { closeSync, openSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { describeSocket, getV6Only, type SocketTarget, setV6Only } from '../../src/index';
import { ownDescriptor } from '../harness/handles';
import { witness } from '../harness/inherited';
import { cleanUp, closing, descriptorsOfThisTest, expectNoLeaks } from '../harness/leaks';
import { listening, newServer } from '../harness/servers';
import { thrown } from '../harness/thrown';

expectNoLeaks();

const CALLS: readonly [string, string, (target: unknown) => unknown][] = [
  ['setV6Only', 'setsockopt', (target) => setV6Only(target as SocketTarget, true)],
  ['getV6Only', 'getsockopt', (target) => getV6Only(target as SocketTarget)],
  ['describeSocket', 'getsockopt', (target) => describeSocket(target as SocketTarget)],
];

const nothing = (): void => undefined;
const express = Object.assign(() => nothing(), { listen: nothing, handle: nothing, set: nothing });
const koa = { listen: nothing, callback: () => nothing, middleware: [] };

const WRONG: readonly [string, unknown][] = [
  ["'3'", '3'],
  ['3n', 3n],
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['{}', {}],
  ['[]', []],
  ['[3]', [3]],
  ['a symbol', Symbol('3')],
  ['a function', () => 3],
  ['a class', net.Server],
  ['a Number', Object(3)],
  ["{ fd: '3' }", { fd: '3' }],
  ['{ fd: 3n }', { fd: 3n }],
  ['{ fd: null }', { fd: null }],
  ['{ fd: undefined }', { fd: undefined }],
  ['{ fd: {} }', { fd: {} }],
  ["{ fd: () => '3' }", { fd: () => '3' }],
  ['a promise', Promise.resolve(3)],
];

const OUT_OF_RANGE: readonly number[] = [
  Number.NaN,
  1.5,
  -1,
  -0.5,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53,
  -(2 ** 31),
  Infinity,
  -Infinity,
];

describe.each(CALLS)('%s', (_name, syscall, call) => {
  it.each(WRONG)('%s is no target', (_what, value) => {
    expect(thrown(() => call(value))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  });

  it.each(OUT_OF_RANGE)('the number %d is out of range', (value) => {
    expect(thrown(() => call(value))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  });

  it('2**32 + fd is not fd', () => {
    expect(thrown(() => call(2 ** 32 + ownDescriptor()))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  });

  it.each([Number.NaN, 1.5, -0.5, 2 ** 31, 2 ** 32 + 1, Infinity])('{ fd: %d } is out of range', (fd) => {
    for (const target of [{ fd }, { fd: () => fd }])
      expect(thrown(() => call(target))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  });

  it.each([{ fd: -1 }, { fd: () => -1 }, { fd: 1_000_000 }, 1_000_000])('%j is closed', (target) => {
    expect(thrown(() => call(target))).toMatchObject({ code: 'EBADF', reason: 'closed', syscall });
  });

  it('a file, a folder, a pipe and a device are no sockets', () => {
    for (const path of [__filename, tmpdir(), '/dev/null']) {
      const fd = openSync(path, 'r');
      cleanUp(() => closeSync(fd));
      for (const target of [fd, { fd }])
        expect(thrown(() => call(target))).toMatchObject({
          code: 'ENOTSOCK',
          reason: 'not-a-socket',
          syscall,
        });
    }
  });

  it('an AF_UNIX descriptor is not IPv6', async () => {
    await listening(newServer(), `\0v6only-targets-${process.pid}`);
    const [fd = -1] = descriptorsOfThisTest();
    expect(thrown(() => call(fd))).toMatchObject({ code: 'ENOPROTOOPT', reason: 'not-ipv6', syscall });
  });

  it.each([
    ['express', express, /http\.createServer\(app\)/],
    ['fastify', { listen: nothing, server: http.createServer(), inject: nothing }, /app\.server/],
    ['koa', koa, /http\.createServer\(app/],
    ['hapi', { listener: http.createServer(), start: nothing }, /server\.listener/],
  ])('an app of %s is told what to pass', (_framework, app, advice) => {
    const error = thrown(() => call(app));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(error).toHaveProperty('message', expect.stringMatching(advice));
  });

  it('reads fd once', () => {
    const fds = [ownDescriptor(), ownDescriptor()];
    let reads = 0;
    const target = {
      get fd() {
        return fds[reads++ % 2] ?? -1;
      },
    };
    call(target);
    expect(reads).toBe(1);
    let calls = 0;
    const method = {
      fd(this: unknown) {
        expect(this).toBe(method);
        return fds[calls++ % 2] ?? -1;
      },
    };
    call(method);
    expect(calls).toBe(1);
  });

  it('what an fd getter throws comes through', () => {
    const target = {
      get fd(): number {
        throw new Error('mine');
      },
    };
    expect(() => call(target)).toThrow('mine');
  });
});

describe('setV6Only(): the value', () => {
  it.each([1, 0, 'true', 'false', '', null, {}, [], 1n, Number.NaN])(
    '%s is no boolean, whatever the target',
    (value) => {
      const targets = [newServer(), ownDescriptor(), dgram.createSocket('udp6')] as const;
      closing(targets[2]);
      for (const target of targets) {
        const error = thrown(() => Reflect.apply(setV6Only, null, [target, value]));
        expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
      }
      expect(witness(targets[1]).v6only).toBe(0);
      expect(thrown(() => getV6Only(targets[0]))).toMatchObject({ reason: 'not-open-yet' });
      expect(thrown(() => getV6Only(targets[2]))).toMatchObject({ reason: 'not-open-yet' });
    },
  );
});
