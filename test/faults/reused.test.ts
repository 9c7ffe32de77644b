/**
 * A descriptor's number says nothing of what it stands for a moment later: another thread may close it, and the number
 * is taken by something else, between two calls of one function. No library can exclude that; what is held here is
 * what can be: only the errors of the contract come, and a socket that has a port keeps its option.
 */
import { expect, it } from 'vitest';
import { json, runNode } from '../harness/node-child';
import { fixture } from './interposer';

type Outcomes = Record<
  'setV6Only true' | 'setV6Only false' | 'getV6Only' | 'describeSocket',
  Record<string, number>
>;

interface Report {
  outcomes: Outcomes;
  /** Sockets with a port whose option became another. */
  changed: number;
  /** How often the number was given to something else. */
  turns: number;
}

const REFUSED = ['EBADF closed', 'ENOTSOCK not-a-socket', 'ENOPROTOOPT not-ipv6'];
const SETTING = ['done', ...REFUSED, 'EINVAL already-bound', 'EINVAL mismatch'];

it('getV6Only() and setV6Only(): a number that another thread closes and opens again meets nothing but the errors of the contract', async () => {
  const { outcomes, changed, turns } = json<Report>(
    await runNode([fixture('reused.cjs')], { timeoutMs: 60_000 }),
  );
  const known = (found: Record<string, number>, allowed: readonly string[]) =>
    expect(allowed).toEqual(expect.arrayContaining(Object.keys(found)));
  known(outcomes['setV6Only true'], SETTING);
  known(outcomes['setV6Only false'], SETTING);
  known(outcomes.getV6Only, ['done', ...REFUSED]);
  known(outcomes.describeSocket, ['IPv6 unbound', 'IPv6 bound', 'IPv4 unbound', ...REFUSED]);
  expect(changed).toBe(0);
  expect(turns).toBeGreaterThan(100);
  expect(Object.keys(outcomes.getV6Only).length).toBeGreaterThan(1);
}, 60_000);
