/** Where /proc is not mounted, or hides other users' processes: less is known, and nothing is guessed. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LO_UP, noNamespaces } from '../harness/namespace';
import { type Ended, json, packageRoot, run } from '../harness/node-child';
import { notRoot, withReason } from '../harness/skips';

const reason = noNamespaces ?? notRoot;

/** Runs a script in a network and with a /proc of its own; `mount` says what /proc is. */
function runWith(mount: string, script: string): Promise<Ended> {
  const setup = [LO_UP, 'mount --make-rprivate /', mount, 'exec "$@"'].join(' && ');
  const path = JSON.stringify(join(packageRoot, 'dist/index.js'));
  const program = `const { listen, listSockets, platformDefaults } = require(${path}); ${script}`;
  const command = [process.execPath, '-e', program];
  return run('unshare', ['--net', '--mount', 'sh', '-c', setup, 'sh', ...command]);
}

const SCRIPT = `
  const { createServer } = require('node:net');
  listen(createServer(), { port: 0 }).then(async ({ sockets, missing, port, close }) => {
    const rows = await listSockets({ port });
    const { ipv6Address, sysctl } = platformDefaults();
    const pids = rows.map(({ pid }) => pid === process.pid);
    console.log(JSON.stringify({ sockets: sockets.length, missing, pids, ipv6Address, sysctl: sysctl?.value }));
    await close();
  });`;

describe.skipIf(reason !== null)(withReason('without /proc', reason), () => {
  it('a machine still has IPv6, and listSockets names no processes', async () => {
    expect(json(await runWith('mount -t tmpfs tmpfs /proc', SCRIPT))).toEqual({
      ...{ sockets: 2, missing: [], pids: [false, false], ipv6Address: true },
      sysctl: undefined,
    });
  });

  it('a process whose sockets cannot be seen is an error, not an empty list', async () => {
    const script =
      'listSockets({ pid: process.pid }).catch(({ code, reason }) => console.log(JSON.stringify([code, reason])));';
    expect(json(await runWith('mount -t tmpfs tmpfs /proc', script))).toEqual(['ENOTSUP', 'not-visible']);
  });
});

describe.skipIf(reason !== null)(withReason('with hidepid, for another user', reason), () => {
  it('only its own processes are named', async () => {
    const script = `process.setgid(65534); process.setuid(65534); ${SCRIPT}`;
    const seen = await runWith('mount -t proc -o hidepid=2 proc /proc', script);
    expect(json(seen)).toMatchObject({ sockets: 2, missing: [], pids: [true, true], ipv6Address: true });
    const hidden = `process.setgid(65534); process.setuid(65534);
      listSockets({ pid: 1 }).catch(({ code, reason }) => console.log(JSON.stringify([code, reason])));`;
    const refused = await runWith('mount -t proc -o hidepid=2 proc /proc', hidden);
    expect(json(refused)).toEqual(['ENOTSUP', 'not-visible']);
  });
});
