/** Jest without configuration: its own module registry, and a realm with an Error of its own. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { repositoryRoot, runNode } from '../harness/node-child';
import { copyPackage } from '../harness/package-copy';

const copy = copyPackage({ addon: true });
const bare = copyPackage({ addon: false });
afterAll(() => {
  copy.remove();
  bare.remove();
});

interface JestResult {
  success: boolean;
  testResults: {
    message: string;
    assertionResults: { title: string; status: string; failureMessages: string[] }[];
  }[];
}

/** Runs one file of tests with Jest as it is, but that Jest 29 looks for no .mjs, and returns each test's result. */
async function jest(
  name: string,
  text: string,
  nodeArgs: string[] = [],
  where = copy,
): Promise<Record<string, string>> {
  where.write('package.json', '{ "name": "user-of-v6only", "private": true }');
  const path = where.write(name, text);
  const bin = join(repositoryRoot, 'node_modules/jest/bin/jest.js');
  const args = ['--rootDir', where.folder, '--ci', '--json', '--no-cache', '--no-watchman', '--runInBand'];
  const only = ['--testMatch', '**/*.test.*', '--runTestsByPath', path];
  const ended = await runNode([...nodeArgs, bin, ...args, ...only], {
    cwd: where.folder,
    timeoutMs: 50_000,
  });
  let parsed: JestResult;
  try {
    parsed = JSON.parse(ended.stdout);
  } catch {
    throw new Error(`jest ended with ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
  }
  const results = parsed.testResults.flatMap(({ message, assertionResults }) => {
    if (assertionResults.length === 0) return [['the file', message] as const];
    return assertionResults.map((r) => [r.title, r.failureMessages[0] ?? r.status] as const);
  });
  return Object.fromEntries(results);
}

const TESTS = `
test('a server listens with it', async () => {
  const server = setV6Only(net.createServer(), true);
  expect(getV6Only(server)).toBe(true);
  await new Promise((done, failed) => server.once('error', failed).listen(0, done));
  expect(getV6Only(server)).toBe(true);
  expect(server.address().address).toBe('::');
  await new Promise((done) => server.close(done));
});
test('platformDefaults', () => { expect(platformDefaults().ipv6).toBe(true); });
test('an error of the package', () => {
  const thrown = (call) => { try { call(); } catch (error) { return error; } };
  expect(thrown(() => setV6Only(99999))).toMatchObject({ code: 'EBADF', reason: 'closed' });
  expect(thrown(() => setV6Only(99999))).toBeInstanceOf(SystemError);
  expect(thrown(() => setV6Only('3'))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
});
test("an error of Node's has its reason", async () => {
  const first = setV6Only(net.createServer(), true);
  await new Promise((done) => first.listen(0, done));
  const second = setV6Only(net.createServer(), true);
  const error = await new Promise((done) => second.once('error', done).listen(first.address().port));
  await new Promise((done) => first.close(done));
  expect({ code: error.code, reason: error.reason }).toEqual({ code: 'EADDRINUSE', reason: 'bind-failed' });
});
test('a udp6 error of Node has its reason', async () => {
  const first = setV6Only(dgram.createSocket('udp6'), true);
  await new Promise((done) => first.bind(0, done));
  const second = setV6Only(dgram.createSocket('udp6'), true);
  const error = await new Promise((done) => second.once('error', done).bind(first.address().port));
  first.close();
  second.close();
  expect({ code: error.code, reason: error.reason }).toEqual({ code: 'EADDRINUSE', reason: 'bind-failed' });
});`;

const TITLES = [
  'a server listens with it',
  'platformDefaults',
  'an error of the package',
  "an error of Node's has its reason",
  'a udp6 error of Node has its reason',
];
const ALL_PASSED = Object.fromEntries(TITLES.map((title) => [title, 'passed']));
const NAMES = 'SystemError, getV6Only, platformDefaults, setV6Only';

describe('Jest', { timeout: 60_000 }, () => {
  it('require, through the transform that Jest has by itself', async () => {
    const head = `const dgram = require('dgram');\nconst net = require('net');\nconst { ${NAMES} } = require('v6only');`;
    expect(await jest('required.test.js', head + TESTS)).toEqual(ALL_PASSED);
  });

  it('import, as modules of Node (--experimental-vm-modules)', async () => {
    const head = `import dgram from 'node:dgram';\nimport net from 'node:net';\nimport { ${NAMES} } from 'v6only';`;
    const flags = ['--experimental-vm-modules', '--no-warnings'];
    const path = 'imported.test.mjs';
    expect(await jest(path, head + TESTS, flags)).toEqual(ALL_PASSED);
  });

  // Jest itself needs an addon, so that --no-addons cannot be tried; Node's own error stands for it.
  it('a refused addon is told from a missing one', async () => {
    const prebuilt = `prebuilds/${process.platform}-${process.arch}/v6only.node`;
    const file = join(bare.folder, 'node_modules/v6only', prebuilt);
    const text = `
      jest.mock(${JSON.stringify(file)}, () => {
        try { require('fs').openSync('/nowhere/at/all'); }
        catch (error) { throw Object.assign(error, { code: 'ERR_DLOPEN_DISABLED' }); }
      }, { virtual: true });
      const { platformDefaults } = require('v6only');
      test('refused', () => {
        let thrown;
        try { platformDefaults(); } catch (error) { thrown = error; }
        const { code, reason } = thrown;
        expect({ code, reason }).toEqual({ code: 'ERR_ADDON_UNAVAILABLE', reason: 'addon-refused' });
      });`;
    expect(await jest('refused.test.js', text, [], bare)).toEqual({ refused: 'passed' });
  });
});
