/** The sockets of a scene as netstat here would list them: from the kernel's list, or else from their descriptors. */
import type net from 'node:net';
import type { IPFamily, SocketAddress } from '../kernel/addon';
import { unmapIPv4 } from '../kernel/address';
import { SystemError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { listSockets } from '../machine/list-sockets';
import { protocolOf, type SocketRow } from '../machine/socket-rows';
import { describeSocket, type SocketDescription } from '../socket/describe';

export interface DemoRow {
  /** As this system's netstat prints it. */
  protocol: string;
  local: string;
  peer: string;
  state: string;
  /** Which end of the connection it is. */
  end: 'server' | 'client';
}

/** A listening socket of the scene. */
export type DemoListener = Pick<SocketDescription, 'family' | 'accepts'> & { local: SocketAddress };

/** Both ends of a connection within this process. */
export interface DemoEnds {
  server: net.Socket;
  client: net.Socket;
}

export interface DemoRows {
  rows: DemoRow[];
  /** Why the rows are not the kernel's list; null if they are. */
  unlisted: string | null;
}

/** The listeners, then each connection with its server's end first. */
export async function rowsOf(
  listeners: readonly DemoListener[],
  connections: readonly DemoEnds[],
): Promise<DemoRows> {
  try {
    return { rows: await listRows(listeners, connections), unlisted: null };
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOTSUP') throw error;
    return { rows: describeRows(listeners, connections), unlisted: error.message };
  }
}

async function listRows(
  listeners: readonly DemoListener[],
  connections: readonly DemoEnds[],
): Promise<DemoRow[]> {
  const port = listeners[0]?.local.port ?? 0;
  const ofServer = await tcpRows(port);
  const isListener = (row: SocketRow) =>
    row.state === 'LISTEN' && listeners.some(({ local }) => local.address === row.local.address);
  const rows = ofServer.filter(isListener).map((row) => listedRow(row, 'server'));
  for (const { client } of connections) {
    const clientPort = client.localPort ?? 0;
    const server = ofServer.filter(({ peer }) => peer.port === clientPort);
    const own = (await tcpRows(clientPort)).filter(({ peer }) => peer.port === port);
    rows.push(
      ...server.map((row) => listedRow(row, 'server')),
      ...own.map((row) => listedRow(row, 'client')),
    );
  }
  return rows;
}

async function tcpRows(port: number): Promise<SocketRow[]> {
  const rows = await listSockets({ port }, { processes: false });
  return rows.filter(({ protocol }) => protocol.startsWith('tcp'));
}

function listedRow({ protocol, family, local, peer, state }: SocketRow, end: DemoRow['end']): DemoRow {
  const byFamily = currentPlatform().netstatShows === 'family' && family !== null;
  return {
    protocol: byFamily ? protocolOfFamily(family) : protocol,
    local: show(local),
    peer: show(peer),
    state,
    end,
  };
}

function describeRows(listeners: readonly DemoListener[], connections: readonly DemoEnds[]): DemoRow[] {
  const rows = listeners.map(({ family, accepts, local }): DemoRow => {
    const peer = { address: family === 'IPv6' ? '::' : '0.0.0.0', port: 0 };
    return describedRow({ family, accepts, local, peer }, 'LISTEN', 'server');
  });
  for (const { server, client } of connections) {
    rows.push(describedRow(describeSocket(server), 'ESTABLISHED', 'server'));
    rows.push(describedRow(describeSocket(client), 'ESTABLISHED', 'client'));
  }
  return rows;
}

function describedRow(
  { family, accepts, local, peer }: Pick<SocketDescription, 'family' | 'accepts' | 'local' | 'peer'>,
  state: string,
  end: DemoRow['end'],
): DemoRow {
  const byFamily = currentPlatform().netstatShows === 'family';
  const protocol = byFamily ? protocolOfFamily(family) : protocolOf('tcp', accepts);
  return { protocol, local: show(local), peer: show(peer), state, end };
}

function protocolOfFamily(family: IPFamily): string {
  return family === 'IPv6' ? 'tcp6' : 'tcp';
}

/** netstat prints mapped addresses as plain IPv4, which causes the puzzle. */
function show(address: SocketAddress | null): string {
  if (address === null) return '';
  return `${unmapIPv4(address.address)}:${address.port === 0 ? '*' : address.port}`;
}
