/** `maxConnections` and `dropMaxConnection` of a cluster's workers under round-robin, for either family. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { json, repositoryRoot, runNode } from '../harness/node-child';
import { HOSTS } from '../harness/peers';

const PROGRAM = join(repositoryRoot, 'test/fixtures/one-server/cluster.cjs');

const events = async (...args: string[]): Promise<string[]> => json(await runNode([PROGRAM, ...args]));

describe.each(HOSTS)('clients of %s', (host) => {
  it.each(['pass on', 'drop'])('%s, as stock', async (drop) => {
    const stock = await events('stock', host, drop);
    expect(stock.filter((event) => event === 'connection')).toHaveLength(2);
    expect(await events('listen', host, drop)).toEqual(stock);
  });
});
