/** What tools/release.mjs, tools/check-package.mjs and tools/verify-published.mjs refuse. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { json, repositoryRoot, run, runNode } from '../harness/node-child';

/** What a function of a tool returns. */
async function call(tool: string, name: string, ...args: unknown[]): Promise<string[]> {
  const list = args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ');
  const script = `import { ${name} } from './tools/${tool}.mjs'; console.log(JSON.stringify(${name}(${list})));`;
  return json<string[]>(await runNode(['--input-type=module', '--eval', script]));
}

const PLACES = {
  repository: 'github:someone/v6only',
  homepage: 'https://v6only.example',
  bugs: 'https://v6only.example',
};
const MANIFEST = { version: '1.2.3', ...PLACES };
const CHANGELOG = '# Changelog\n\n## 1.2.3 (2026-01-01)\n\n- One.\n\n## 1.2.2\n';

describe('a release', () => {
  it.each([
    ['is ready', MANIFEST, CHANGELOG, 'v1.2.3', []],
    ['has the tag of its version', MANIFEST, CHANGELOG, 'v1.2.4', [/1\.2\.3, the tag v1\.2\.4/]],
    ['has a tag', MANIFEST, CHANGELOG, undefined, [/the tag is not there/]],
    ['is in the changelog', MANIFEST, '# Changelog\n\n## Unreleased\n', 'v1.2.3', [/begins with Unreleased/]],
    ['is the newest there', { ...MANIFEST, version: '1.2.2' }, CHANGELOG, 'v1.2.2', [/begins with 1\.2\.3/]],
    [
      'names its repository',
      { version: '1.2.3' },
      CHANGELOG,
      'v1.2.3',
      [/no repository, no homepage, no bugs: see .*CONTRIBUTING/],
    ],
    [
      'names each place',
      { ...MANIFEST, bugs: undefined },
      CHANGELOG,
      'v1.2.3',
      [/^package.json names no bugs:/],
    ],
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

  it('runs nothing when it is installed, and installs nothing else', async () => {
    const scripts = { prepare: 'npm run build', postinstall: 'node-gyp-build', prepack: 'npm run build' };
    const manifest = { scripts, dependencies: { a: '1.0.0' }, optionalDependencies: { b: '1.0.0' } };
    expect(await call('check-package', 'wrongManifest', manifest)).toEqual([
      'a script runs at installation: postinstall',
      'a script runs at installation: prepare',
      'gypfile is not false',
      'needed at run time: a',
      'needed at run time: b',
    ]);
    const own = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    expect(await call('check-package', 'wrongManifest', own)).toEqual([]);
  });

  it('has what its README links to', async () => {
    const text =
      '[a](docs/a.md#part) [b](docs/b.md) [c](https://example.org/c.md) [d](#d) ![e](docs/pictures/e.svg "title")\n\n' +
      '- In the repository:\n  [f](docs/f.md).\n\n[g](docs/g.md)';
    expect(await call('check-package', 'deadLinks', text, ['docs/a.md'])).toEqual([
      expect.stringMatching(/: docs\/b\.md$/),
      expect.stringMatching(/: docs\/pictures\/e\.svg$/),
      expect.stringMatching(/: docs\/g\.md$/),
    ]);
  });
});

/** A clone without node_modules, and without what is built. */
function clone(): string {
  const folder = mkdtempSync(join(tmpdir(), 'v6only-clone-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['package.json', 'CHANGELOG.md', 'tools', 'README.md', 'LICENSE'])
    cpSync(join(repositoryRoot, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
  return folder;
}

describe('npm publish in a folder', () => {
  it('is refused in a clean clone, also as a dry run, and says what is missing', async () => {
    const folder = clone();
    const ended = await run('npm', ['publish', '--dry-run'], { cwd: folder });
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toContain('This folder cannot be published:');
    expect(ended.stderr).toContain('missing: prebuilds/linux-x64/v6only.node (npm run prebuilds)');
    expect(ended.stderr).toContain('package.json names no repository');
    expect(ended.stderr).not.toContain('    at ');
  });

  it('is not refused where every addon and every place is there', async () => {
    const folder = clone();
    const recorded = readFileSync(join(repositoryRoot, 'tools/prebuilds.sha256'), 'utf8');
    for (const [file] of recorded.matchAll(/prebuilds\/\S+/g)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...PLACES }));
    expect(await runNode(['tools/release.mjs', '--refuse'], { cwd: folder })).toEqual({
      ...{ status: 0, stdout: '', stderr: '' },
    });
    rmSync(join(folder, 'prebuilds/darwin-arm64'), { recursive: true });
    const refused = await runNode(['tools/release.mjs', '--refuse'], { cwd: folder });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toBe(
      'This folder cannot be published:\n  missing: prebuilds/darwin-arm64/v6only.node (npm run prebuilds)\n',
    );
  });
});

describe('a published package', () => {
  it('is compared file by file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'v6only-compared-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = { 'published/a/same': '1', 'built/a/same': '1', 'published/b': '1', 'built/b': '2' };
    const more = { 'published/theirs': '1', 'built/c/ours': '1' };
    for (const [name, text] of Object.entries({ ...files, ...more })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const found = await call(
      'verify-published',
      'differences',
      join(folder, 'published'),
      join(folder, 'built'),
    );
    expect(found).toEqual(['differs: b', 'published only: theirs', 'built only: c/ours']);
  });
});
