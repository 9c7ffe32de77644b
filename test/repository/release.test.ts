/** What tools/release.mjs and tools/check-package.mjs refuse. */
import { describe, expect, it } from 'vitest';
import { json, runNode } from '../harness/node-child';

/** What a function of a tool returns. */
async function call(tool: string, name: string, ...args: unknown[]): Promise<string[]> {
  const list = args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ');
  const script = `import { ${name} } from './tools/${tool}.mjs'; console.log(JSON.stringify(${name}(${list})));`;
  return json<string[]>(await runNode(['--input-type=module', '--eval', script]));
}

const MANIFEST = { version: '1.2.3', repository: 'github:someone/v6only' };
const CHANGELOG = '# Changelog\n\n## 1.2.3 (2026-01-01)\n\n- One.\n\n## 1.2.2\n';

describe('a release', () => {
  it.each([
    ['is ready', MANIFEST, CHANGELOG, 'v1.2.3', []],
    ['has the tag of its version', MANIFEST, CHANGELOG, 'v1.2.4', [/1\.2\.3, the tag v1\.2\.4/]],
    ['has a tag', MANIFEST, CHANGELOG, undefined, [/the tag is not there/]],
    ['is in the changelog', MANIFEST, '# Changelog\n\n## Unreleased\n', 'v1.2.3', [/begins with Unreleased/]],
    ['is the newest there', { ...MANIFEST, version: '1.2.2' }, CHANGELOG, 'v1.2.2', [/begins with 1\.2\.3/]],
    ['names its repository', { version: '1.2.3' }, CHANGELOG, 'v1.2.3', [/no repository/]],
  ])('%s', async (_, manifest, changelog, tag, expected) => {
    const found = await call('release', 'unready', manifest, changelog, tag);
    expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});

describe('a package', () => {
  it('has every file and no other', async () => {
    const found = await call('check-package', 'wrongFiles', [
      'package.json',
      'dist/index.d.ts',
      'binding.gyp',
    ]);
    expect(found).toContain('missing: prebuilds/linux-arm/v6only.node');
    expect(found).toContain('missing: dist/core.js');
    expect(found.filter((what) => what.startsWith('not expected'))).toEqual(['not expected: binding.gyp']);
  });

  it('runs nothing when it is installed, and names exact versions', async () => {
    const scripts = { prepare: 'npm run build', postinstall: 'node-gyp-build' };
    const found = await call('check-package', 'wrongManifest', {
      scripts,
      dependencies: { a: '^1.0.0', b: '1.0.0' },
    });
    expect(found).toEqual([
      'a script runs at installation: postinstall',
      'gypfile is not false',
      'no exact version: a ^1.0.0',
    ]);
  });
});
