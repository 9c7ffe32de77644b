/** A cluster whose workers call `listen` and `bindUdp`, told over IPC. */
import net from 'node:net';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Host } from './peers';
import { pause } from './sockets';
import { type Policy, ToldCluster } from './told-cluster';

export interface Listened {
  port: number;
  sockets: [family: string, address: string, v6Only: boolean | null][];
  missing: number;
  address: { address: string; port: number } | null;
  events: string[];
  listening?: boolean;
  error?: { name: string; code: string; reason?: string; syscall?: string; address?: string; port?: number };
}

export interface Bound {
  port: number;
  v6Only: boolean[];
  error?: Listened['error'];
}

export class ListenCluster extends ToldCluster {
  constructor(policy: Policy, workers: number) {
    super('listen-cluster.cjs', policy, workers);
  }

  /** Whether a port was taken since the last check. */
  refused = false;

  async listen(worker: number, options: object, name?: string): Promise<Listened> {
    const listened = await this.tell<Listened>({ worker, op: 'listen', options, name });
    if (listened.error?.code === 'EADDRINUSE') this.refused = true;
    return listened;
  }

  bind(worker: number, options: object): Promise<Bound> {
    return this.tell({ worker, op: 'bind', options });
  }

  /** Closes the server; returns its events since its first listen. */
  close(worker: number, name?: string): Promise<string[]> {
    return this.tell({ worker, op: 'close', name });
  }

  /** The cluster's own 'listening' events for a port. */
  async announced(port: number): Promise<{ port: number }[]> {
    const all = await this.tell<{ port: number }[]>({ op: 'announced' });
    return all.filter((one) => one.port === port);
  }
}

/** One cluster per suite; each test must close what it opened, and leave none of its sockets in the primary. */
export function useListenCluster(policy: Policy, workers: number): () => ListenCluster {
  let cluster: ListenCluster;
  let idle = 0;
  beforeAll(async () => {
    cluster = new ListenCluster(policy, workers);
    // Every worker has started when it answers.
    for (let worker = 0; worker < workers; worker++) await cluster.sockets(worker);
    idle = await cluster.sockets();
  });
  afterEach(async () => {
    for (let worker = 0; worker < workers; worker++) {
      await cluster.close(worker);
      await cluster.close(worker, 'udp');
    }
    let left = await cluster.sockets();
    // Even stock Node keeps what it opened for a taken port (lib/net.js, checkBindError).
    if (policy === 'SCHED_NONE' && cluster.refused) idle = left;
    cluster.refused = false;
    for (let waited = 0; waited < 5000 && left !== idle; waited += 10) {
      await pause(10);
      left = await cluster.sockets();
    }
    expect(left, 'sockets of the primary').toBe(idle);
    expect(cluster.uncaught.splice(0)).toEqual([]);
  });
  afterAll(() => cluster.stop());
  return () => cluster;
}

/** The answer to one connection: the worker's number and the address it saw; or the error code. */
export function greet(host: Host, port: number, ms = 10_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    let text = '';
    socket.setTimeout(ms, () => {
      resolve('never');
      socket.destroy();
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('end', () => resolve(text === '' ? 'nothing' : text));
  });
}
