/** Link-local addresses, which mean something with a zone only, on an interface that the test makes for itself. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LO_UP, noNamespaces, runInNamespace } from '../harness/namespace';
import { json, repositoryRoot } from '../harness/node-child';
import { withReason } from '../harness/skips';

interface Case {
  ended: string;
  reason?: string;
  get?: boolean;
  accepts?: string[];
  address?: string;
  ss?: number;
  clients?: { zone: string; ipv4: string };
  client?: string;
}

const SETUP = [
  LO_UP,
  'ip link add v6only0 type veth peer name v6only1',
  'ip link set v6only0 up',
  'ip link set v6only1 up',
  'ip addr add fe80::1/64 dev v6only0 nodad',
];

describe.skipIf(noNamespaces !== null)(withReason('setV6Only(): link-local addresses', noNamespaces), () => {
  let report: Record<string, Case>;
  const seen = (name: string): Case => report[name] ?? { ended: 'missing' };
  beforeAll(async () => {
    const fixture = join(repositoryRoot, 'test/netns/fixtures/link-local.cjs');
    report = json(await runInNamespace(SETUP, [process.execPath, fixture]));
  });

  it.each([true, false])('a server with %s listens on one, by the name of its zone', (v6Only) => {
    const name = 'fe80::1%v6only0';
    expect(seen(`tcp ${v6Only} ${name}`)).toEqual({
      ended: 'listening',
      // Linux turns the option on for a socket bound to one address, whatever was asked.
      get: true,
      accepts: ['IPv6'],
      address: seen(`tcp null ${name}`).address,
      ss: 1,
      clients: { zone: 'connected', ipv4: 'ECONNREFUSED' },
    });
    expect(seen(`tcp ${v6Only} ${name}`).address).toBe(name);
  });

  it.each([true, false])('a udp6 socket with %s is bound to one', (v6Only) => {
    const name = 'fe80::1%v6only0';
    expect(seen(`udp ${v6Only} ${name}`)).toEqual({
      ended: 'listening',
      address: name,
      ss: 1,
      client: 'arrived',
    });
  });

  it('an IPv6-only wildcard is reached through one', () => {
    expect(seen('tcp true ::').clients).toEqual({ zone: 'connected', ipv4: 'ECONNREFUSED' });
    expect(seen('udp true ::').client).toBe('arrived');
  });

  // libuv takes names of interfaces only, so that a number is no more than an unknown name.
  it.each(['%INDEX', '%nowhere', ''])("with the zone '%s' it is Node's own error, with a reason", (zone) => {
    for (const kind of ['tcp', 'udp']) {
      const stock = seen(`${kind} null fe80::1${zone}`);
      for (const v6Only of [true, false]) {
        expect(seen(`${kind} ${v6Only} fe80::1${zone}`)).toEqual(
          stock.ended === 'listening' ? expect.anything() : { ...stock, reason: 'bind-failed' },
        );
      }
    }
    expect(seen(`tcp null fe80::1${zone}`).ended).toBe('EINVAL');
  });
});
