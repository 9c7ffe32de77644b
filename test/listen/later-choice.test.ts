/** A value chosen while the cluster primary is being asked counts, or the listen fails; it is never ignored. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { json, packageRoot, repositoryRoot, runNode } from '../harness/node-child';

const PROGRAM = join(repositoryRoot, 'test/fixtures/later-choice.cjs');
const REGISTER = join(packageRoot, 'dist/register.js');

interface Seen {
  events: string[];
  served?: string;
  [other: string]: unknown;
}

async function play(policy: string, scene: string, stack = ''): Promise<Seen> {
  const result = await runNode(['--require', REGISTER, PROGRAM, policy, scene], {
    env: { V6ONLY_STACK: stack },
  });
  expect(result.stderr).toBe('');
  return json<Seen>(result);
}

/** IPv6 only, or nothing and an error that says so. */
const COUNTS = ['::1 after listening', ' after mismatch'];

describe.each(['rr', 'none'])('listen(): in a cluster worker, policy %s', (policy) => {
  it("setV6Only(server, true) while listen(server, { stack: 'dual' }) asks: no IPv4", async () => {
    const { served, events } = await play(policy, 'listen');
    expect(COUNTS).toContain(`${served} after ${events}`);
  });

  it.each(['split', 'dual'])(
    'setV6Only(server, true) while a listen under V6ONLY_STACK=%s asks: no IPv4',
    async (stack) => {
      const { served, events } = await play(policy, 'register', stack);
      expect(COUNTS).toContain(`${served} after ${events}`);
    },
  );

  it("the user's own listen() while listen(server, options) asks: one of the two, and as it was asked for", async () => {
    const { ended, events, first, served } = await play(policy, 'own');
    expect({ events, first, served }).toEqual({ events: ['listening'], first: '', served: '127.0.0.1' });
    expect(ended).toBe('ERR_SERVER_ALREADY_LISTEN');
  });

  it("setV6Only(socket, true) after bind(): true at 'listening', or an error", async () => {
    const { events, value } = await play(policy, 'datagram');
    expect(value).toBe(true);
    expect([['listening'], ['mismatch'], ['already-bound']]).toContainEqual(events);
  });
});
