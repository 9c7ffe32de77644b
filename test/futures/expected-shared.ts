/** What the contract says of v6only/register and of clusters, in the words of contract.cjs. */
import type { Expected } from './expected';

/** Whom the wildcard shows as what, and who reaches a udp6 socket. */
const WILDCARD: Record<string, readonly [tcp: string, udp: string]> = {
  ipv6: ['::1', '::1'],
  split: ['::1 127.0.0.1', '::1'],
  dual: ['::1 ::ffff:127.0.0.1', '::1 and ::ffff:127.0.0.1'],
  // The sysctl is 0 where these tests run.
  system: ['::1 ::ffff:127.0.0.1', '::1 and ::ffff:127.0.0.1'],
};

export const STACKS = Object.keys(WILDCARD);

export function expectedRegister(stack: string): Expected {
  const [tcp, udp] = WILDCARD[stack] ?? ['', ''];
  const atOnce = `[::] ${tcp}, at once, listening`;
  return {
    '(0)': atOnce,
    "(0, '')": atOnce,
    '({ port }), frozen': atOnce,
    prototype: atOnce,
    "(0, '::')": `[::] ${tcp}, later, listening`,
    again: `[::] ${tcp}, later, close,listening`,
    "(0, '::1')": '[::1] ::1, later, listening',
    "(0, '127.0.0.1')": '[127.0.0.1] 127.0.0.1, later, listening',
    "(0, '0.0.0.0')": '[0.0.0.0] 127.0.0.1, later, listening',
    "({ host: '::', ipv6Only: false })": '[::] ::1 ::ffff:127.0.0.1, later, listening',
    "({ host: '::', ipv6Only: true })": '[::] ::1, later, listening',
    'in use': 'EADDRINUSE listen true',
    udp6: udp,
    warnings: 'none',
  };
}

const on = (who: string, value?: boolean): string =>
  `${who}: [::]${value === undefined ? '' : ` ${value}`} listening`;

/** The same with either way of naming the wildcard: stock workers and others share what the primary has. */
const SCENES: Expected = {
  'false, then stock': `${on('a', false)}; ${on('stock')}`,
  'stock, then false': `${on('stock')}; ${on('a', false)}`,
  'stock, then true': `${on('stock')}; a: EINVAL mismatch error`,
  'true, then true': `${on('a', true)}; ${on('b', true)}`,
  'true, then false': `${on('a', true)}; b: EINVAL mismatch error`,
  'false, then true, exclusive': `${on('a', false)}; ${on('b', true)}`,
};

const SPLIT = '[::] true [0.0.0.0] null listening';

const EXPECTED_CLUSTER: Expected = {
  ...Object.fromEntries(
    ['no host', '::'].flatMap((place) =>
      Object.entries(SCENES).map(([name, result]) => [`${place}: ${name}`, result]),
    ),
  ),
  '::1, then stock': 'a: [::1] true listening; stock: [::1] listening',
  IPv4: 'a: ENOPROTOOPT not-ipv6 error',
  mapped: 'a: ENOPROTOOPT not-ipv6 error',
  '{ fd }': 'a: ENOTSUP unsupported-runtime error',
  'split, then split': `a: ${SPLIT}; b: ${SPLIT}`,
  'ipv6, then ipv6': `${on('a', true)}; ${on('b', true)}`,
  'dual, then stock': `${on('a', false)}; ${on('stock')}`,
  'warnings of a worker': 'none',
  warnings: 'none',
};

/**
 * `major` is Node's. Before 22 it passes `ipv6Only: true` on with an address only, so the primary is asked for another
 * socket than by those who ask without one, and cannot open it.
 */
export function expectedCluster(major: number): Expected {
  if (major >= 22) return EXPECTED_CLUSTER;
  const refused = 'EADDRINUSE bind-failed error';
  return {
    ...EXPECTED_CLUSTER,
    'no host: stock, then true': `${on('stock')}; a: ${refused}`,
    'no host: true, then false': `${on('a', true)}; b: ${refused}`,
  };
}
