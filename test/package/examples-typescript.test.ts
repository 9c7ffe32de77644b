/** The TypeScript example compiles in strict mode against the package's own types, runs, and is closed by SIGTERM. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeIn, userFolder } from '../harness/documents';
import { noNamespaces } from '../harness/namespace';
import { repositoryRoot } from '../harness/node-child';
import type { Copy } from '../harness/package-copy';
import { withReason } from '../harness/skips';

const tsc = join(repositoryRoot, 'node_modules/typescript/bin/tsc');
const FLAGS = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--outDir', '.'];

let user: Copy;
beforeAll(() => {
  user = userFolder();
});
afterAll(() => user.remove());

describe.skipIf(noNamespaces !== null)(withReason('examples: server.mts', noNamespaces), () => {
  it('compiles, serves both families on port 3000, and ends on SIGTERM', async () => {
    const typeRoots = ['--typeRoots', join(repositoryRoot, 'node_modules/@types')];
    const compiled = [tsc, ...FLAGS, ...typeRoots, 'examples/server.mts'];
    execFileSync(process.execPath, compiled, { cwd: user.folder, stdio: 'pipe' });
    const lines = [
      ...['$ node server.mjs &', ':: 3000', '0.0.0.0 3000'],
      ...['$ curl http://127.0.0.1:3000', '$ curl http://[::1]:3000', '$ kill %1; wait %1; echo exit $?'],
    ];
    const { stdout } = await typeIn(`${lines.join('\n')}\n`, user.folder);
    expect(stdout.split('\n')).toEqual([
      ...['$ node server.mjs &', ':: 3000', '0.0.0.0 3000'],
      ...['$ curl http://127.0.0.1:3000', 'Hello 127.0.0.1', '$ curl http://[::1]:3000', 'Hello ::1'],
      ...['$ kill %1; wait %1; echo exit $?', 'exit 0', ''],
    ]);
  });
});
