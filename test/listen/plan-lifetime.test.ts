/** What was decided for one listen never decides for a later one of the same server. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { json, packageRoot, repositoryRoot, runNode } from '../harness/node-child';

const PROGRAM = join(repositoryRoot, 'test/fixtures/plan-lifetime.cjs');
const REGISTER = join(packageRoot, 'dist/register.js');

/** Where the second listen ends, and whom it serves. */
const SECOND: Record<string, readonly [address: string, served: string]> = {
  'IPv4, exclusive': ['127.0.0.1', '127.0.0.1'],
  IPv4: ['127.0.0.1', '127.0.0.1'],
  'IPv6, exclusive': ['::1', '::1'],
  ipv6Only: ['::', '::1'],
  'dual-stack': ['::', '::1 127.0.0.1'],
  path: ['path', ''],
};

async function tries(where: string, first: string, ending: string, second: string, stack = 'split') {
  const [address = '', served = ''] = SECOND[second] ?? [];
  const registered = first === 'register';
  const args = [...(registered ? ['--require', REGISTER] : []), PROGRAM, where, first, ending, second];
  const result = await runNode(args, { env: registered ? { V6ONLY_STACK: stack } : {} });
  expect(json(result)).toEqual({ events: ['callback', 'listening'], address, first: '', second: served });
  expect(result.stderr).toBe('');
}

const KINDS = Object.keys(SECOND);

describe.each(['rr', 'none'])(
  'server.listen(): without a policy, in a cluster worker, policy %s',
  (where) => {
    it.each(KINDS)('a listen of the kind "%s" becomes what it asks for', (second) =>
      tries(where, 'register', 'close', second, ''),
    );
  },
);

describe.each(['rr', 'none'])(
  'server.listen(): in a cluster worker, policy %s, under v6only/register',
  (where) => {
    describe.each(['close', 'second listen'])('after listen() and %s', (ending) => {
      it.each(KINDS)('a listen of the kind "%s" becomes what it asks for', (second) =>
        tries(where, 'register', ending, second),
      );
    });
  },
);

describe.each(['rr', 'none'])('server.listen(): in a cluster worker, policy %s', (where) => {
  const ENDINGS = ['close', 'close of the first socket', 'abort', 'removed listeners'];
  describe.each(ENDINGS)('after listen(server, options) and %s', (ending) => {
    it.each(['IPv4, exclusive', 'IPv4', 'dual-stack', 'path'])(
      'a listen of the kind "%s" becomes what it asks for',
      (second) => tries(where, 'listen', ending, second),
    );
  });
});

describe.each(['abort', 'removed listeners'])(
  'server.listen(): after listen(server, options) of a late subclass, %s',
  (ending) => {
    it.each(['IPv4', 'dual-stack', 'path'])('a listen of the kind "%s" becomes what it asks for', (second) =>
      tries('alone', 'late', ending, second),
    );
  },
);
