/** A cluster whose workers call setV6Only(), listen() and bind(), told over IPC. */
import { once } from 'node:events';
import net from 'node:net';
import type { SocketDescription } from '../../src/index';
import { type Policy, ToldCluster } from './told-cluster';

export interface Seen {
  thrown: string | null;
  events: string[];
  error: {
    code: string;
    reason?: string;
    errno?: number;
    syscall?: string;
    address?: string;
    port?: number;
    message: string;
  } | null;
  listening?: boolean;
  address: { address: string; port: number } | string | null;
  /** The result of getV6Only, or its code and reason. */
  get: boolean | string;
}

export interface ListenOrder {
  name: string;
  v6Only: boolean | null;
  args: unknown[];
  late?: boolean;
}

export interface BindOrder {
  name: string;
  v6Only: boolean | null;
  how?: 'bind' | 'send';
  args?: unknown[];
}

export class Cluster extends ToldCluster {
  constructor(policy: Policy, workers = 1, wrap?: (command: string[]) => string[]) {
    super('cluster.cjs', policy, workers, wrap);
  }

  listen(worker: number, order: ListenOrder): Promise<Seen> {
    return this.tell<Seen>({ worker, op: 'listen', ...order });
  }

  bind(worker: number, order: BindOrder): Promise<Seen> {
    return this.tell<Seen>({ worker, op: 'bind', ...order });
  }

  /** The result of describeSocket there. */
  describe(worker: number, name: string): Promise<SocketDescription> {
    return this.tell({ worker, op: 'describe', name });
  }

  close(worker: number, name: string): Promise<void> {
    return this.tell({ worker, op: 'close', name });
  }

  /** The addresses that the workers requested from the primary since the last call. */
  asked(): Promise<(string | null)[]> {
    return this.tell({ op: 'asked' });
  }

  /** The result of `ss` in the cluster's own network. */
  ss(kind: 'tcp' | 'udp', port: number): Promise<0 | 1 | null> {
    return this.tell({ op: 'ss', kind, port });
  }
}

/** A currently free port, outside the range that the kernel gives to clients. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = net.createServer().listen(port, '::');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
