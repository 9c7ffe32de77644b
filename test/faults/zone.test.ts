/** The zone of a link-local address is part of it, also where the interface has no name to tell. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noNamespaces } from '../harness/namespace';
import { json } from '../harness/node-child';
import { withReason } from '../harness/skips';
import { fixture, Interposer, noInterposer } from './interposer';

const missing = noInterposer ?? noNamespaces;
describe.skipIf(missing !== null)(withReason('server.address(): a zone', missing), () => {
  let interposer: Interposer;
  beforeAll(() => {
    interposer = new Interposer();
  });
  afterAll(() => interposer.remove());

  it("is the interface's number where its name cannot be had", async () => {
    expect(json(await interposer.run([fixture('zone.cjs')]))).toEqual({
      bound: 0,
      named: { address: 'fe80::1%lo', injected: 0 },
      // The loopback interface is the first of every namespace.
      unnamed: [
        { address: 'fe80::1%1', injected: 1 },
        { address: 'fe80::1%1', injected: 1 },
      ],
    });
  }, 60_000);
});
