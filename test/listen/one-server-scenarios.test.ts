/**
 * A split server is one server: what it does for clients of both families is what a stock dual-stack server of this Node
 * does, scenario by scenario, opened by `listen` and by v6only/register.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { json, packageRoot, repositoryRoot, runNode } from '../harness/node-child';
import { certificate } from '../harness/servers';

type Outcomes = Record<string, unknown>;

const FOLDER = join(repositoryRoot, 'test/fixtures/one-server');
const REGISTER = join(packageRoot, 'dist/register.js');

async function outcomes(topic: string, way: string, flags: string[] = []): Promise<Outcomes> {
  const env = { V6ONLY_STACK: 'split', ONE_SERVER_IDENTITY: JSON.stringify(certificate()) };
  const args = [...flags, '--throw-deprecation', join(FOLDER, 'run.cjs'), topic, way];
  const result = await runNode(args, { env, timeoutMs: 50_000 });
  expect([result.status, result.stderr]).toEqual([0, '']);
  return json<Outcomes>(result);
}

describe.each(['limits', 'ending', 'again', 'connections', 'http', 'secure', 'sent'])('%s', (topic) => {
  let stock: Outcomes;
  let own: Outcomes;
  let registered: Outcomes;
  beforeAll(async () => {
    [stock, own, registered] = await Promise.all([
      outcomes(topic, 'stock'),
      outcomes(topic, 'listen'),
      outcomes(topic, 'stock', ['--require', REGISTER]),
    ]);
  });

  it.each(Object.keys(require(join(FOLDER, `${topic}.cjs`))))('%s', (name) => {
    expect(stock[name]).toBeDefined();
    expect(stock[name]).not.toBe('never ended');
    expect(own[name], 'listen').toEqual(stock[name]);
    expect(registered[name], 'v6only/register').toEqual(stock[name]);
  });
});

it('the ways are three: one dual-stack socket, and two times a pair', async () => {
  const ways = await Promise.all([
    outcomes('sockets', 'stock'),
    outcomes('sockets', 'listen'),
    outcomes('sockets', 'stock', ['--require', REGISTER]),
  ]);
  const addresses = { split: ['::1 IPv6', '127.0.0.1 IPv4'], dual: ['::1 IPv6', '::ffff:127.0.0.1 IPv6'] };
  expect(ways.map((way) => way['remoteAddress and remoteFamily'])).toEqual([
    addresses.dual,
    addresses.split,
    addresses.split,
  ]);
});
