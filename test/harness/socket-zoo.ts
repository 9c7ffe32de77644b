/** Sockets in many states, and what `ss` shows for them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { SocketRow } from '../../src/machine/socket-rows';
import { cleanEnvironment, repositoryRoot } from './node-child';
import { ssRows } from './ss.cjs';

interface Zoo {
  readonly pid: number;
  /** By name, as in test/fixtures/sockets-in-every-state.py. */
  readonly ports: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** One zoo per test suite. `port` returns a socket's port by its name. */
export function useZoo(): Pick<Zoo, 'pid' | 'ports'> & { port: (name: string) => number } {
  let zoo: Zoo | undefined;
  beforeAll(async () => {
    zoo = await openZoo();
  });
  afterAll(() => zoo?.close());
  return {
    get pid() {
      return zoo?.pid ?? 0;
    },
    get ports() {
      return zoo?.ports ?? {};
    },
    port: (name) => zoo?.ports[name] ?? 0,
  };
}

async function openZoo(): Promise<Zoo> {
  const script = join(repositoryRoot, 'test/fixtures/sockets-in-every-state.py');
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'], env: cleanEnvironment() });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const ended = once(child, 'close');
  return {
    pid: child.pid ?? 0,
    ports: JSON.parse(String(line)),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

export interface SeenSocket {
  kind: string;
  family: 'IPv4' | 'IPv6';
  state: string;
  local: string;
  peer: string;
  v6Only: boolean | null;
}

/** Each state in `ss`, and its name in the package. */
const STATES: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  'SYN-RECV': 'SYN_RCVD',
  UNCONN: 'UNCONNECTED',
};

/** Every socket of one family as `ss` shows it. */
export function seenBySs(family: 'IPv4' | 'IPv6'): SeenSocket[] {
  return ssRows({ family: family === 'IPv6' ? 6 : 4, all: true }).map(
    ({ kind, state, local, peer, v6Only }) => ({
      kind,
      family,
      state: STATES[state] ?? state.replaceAll('-', '_'),
      local: plain(local, family),
      peer: plain(peer, family),
      v6Only: v6Only === null ? null : v6Only === 1,
    }),
  );
}

/** '[::1]:80', '*:80' for a dual-stack wildcard, '127.0.0.1:80', '[::]:*' for no peer. */
function plain(endpoint: string, family: 'IPv4' | 'IPv6'): string {
  const split = endpoint.lastIndexOf(':');
  const address = endpoint.slice(0, split).replace(/^\[(.*)\]/, '$1');
  const port = endpoint.slice(split + 1);
  const wildcard = family === 'IPv6' ? '::' : '0.0.0.0';
  return `${address === '*' ? wildcard : address} ${port === '*' ? 0 : port}`;
}

/** Our own row in the same format. */
export function asSeen({ protocol, family, state, local, peer, v6Only }: SocketRow): SeenSocket {
  return {
    kind: protocol.slice(0, 3),
    family: family ?? 'IPv4',
    state,
    local: `${local.address} ${local.port}`,
    peer: `${peer.address} ${peer.port}`,
    v6Only,
  };
}
