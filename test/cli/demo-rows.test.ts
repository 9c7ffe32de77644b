/** Where the rows of `v6only demo` come from. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type DemoScene, playDemo } from '../../src/cli/demo';
import { outOfResources, type SystemError, unsupportedPlatform } from '../../src/kernel/errors';
import type { SocketRow } from '../../src/machine/socket-rows';
import { expectNoLeaks } from '../harness/leaks';

const listed = vi.hoisted((): { by: (rows: SocketRow[]) => SocketRow[] } => ({ by: (rows) => rows }));
vi.mock('../../src/machine/list-sockets', async (original) => {
  const real = await original<typeof import('../../src/machine/list-sockets')>();
  const listSockets: typeof real.listSockets = async (...args) => listed.by(await real.listSockets(...args));
  return { ...real, listSockets };
});
beforeEach(() => {
  listed.by = (rows) => rows;
});
expectNoLeaks();

const withoutPorts = (scenes: DemoScene[]) =>
  scenes.map(({ rows }) =>
    rows.map(({ protocol, local, peer, state, end }) =>
      [protocol, local, peer, state, end].map((text) => text.replace(/:\d+$/, ':N')),
    ),
  );

function refuse(error: SystemError): () => never {
  return () => {
    throw error;
  };
}

describe('the rows of the demo', () => {
  it('are those of listSockets', async () => {
    listed.by = (rows) => rows.map((row) => (row.state === 'LISTEN' ? row : { ...row, state: 'SEEN' }));
    const states = (await playDemo()).map(({ rows }) => rows.map(({ state }) => state));
    expect(states).toEqual([
      ['LISTEN', 'SEEN', 'SEEN', 'SEEN', 'SEEN'],
      ['LISTEN', 'SEEN', 'SEEN'],
      ['LISTEN', 'LISTEN', 'SEEN', 'SEEN', 'SEEN', 'SEEN'],
    ]);
  });

  it("leave out what others have on the scene's ports", async () => {
    const before = withoutPorts(await playDemo());
    listed.by = (rows) => [
      ...rows,
      ...rows.map((row) => ({
        ...row,
        local: { ...row.local, address: '192.0.2.1' },
        peer: { address: '192.0.2.2', port: 9 },
      })),
      ...rows.map((row): SocketRow => ({ ...row, protocol: 'udp6' })),
    ];
    expect(withoutPorts(await playDemo())).toEqual(before);
  });

  it('are the same where the system does not list, and the scene says so', async () => {
    const before = await playDemo();
    listed.by = refuse(unsupportedPlatform('socket', 'a sandbox is in the way'));
    const scenes = await playDemo();
    expect(withoutPorts(scenes)).toEqual(withoutPorts(before));
    for (const { explanation } of scenes) expect(explanation).toContain('a sandbox is in the way');
    for (const { explanation } of before) expect(explanation).not.toContain('list is not available');
  });

  it('are an error where listing failed for another reason', async () => {
    listed.by = refuse(outOfResources('EMFILE', 'socket', 'a sandbox is in the way'));
    await expect(playDemo()).rejects.toMatchObject({ code: 'EMFILE' });
  });
});
