/** Which of two sockets a client reaches: one connection or datagram of ours, recognized by its source port. */
import type dgram from 'node:dgram';
import { isIPv6, connect as openConnection } from 'node:net';
import { bindReason, outOfResources } from '../kernel/errors';
import type { BindAnswer, BindProtocol } from './bind-outcome';

export type Side = 'first' | 'second';

/** Loopback answers in microseconds; if a machine needs longer, the pair is tried again. */
const PATIENCE_MS = 1000;
/** The client reached neither socket: another program on this port may have it. */
export const LOST = 'ETIMEDOUT';

/** What the two sockets have received, by the client's port. */
export class Arrivals {
  readonly #sides = new Map<number, Side>();
  #notify: (() => void) | undefined;

  note(side: Side, port: number): void {
    this.#sides.set(port, side);
    this.#notify?.();
  }

  /** Which side saw the client with this port, as soon as one has. */
  who(port: number): Promise<BindAnswer> {
    return within((resolve) => {
      this.#notify = () => {
        const side = this.#sides.get(port);
        if (side === undefined) return;
        // A later client of the other family may have the same port.
        this.#sides.delete(port);
        resolve(side);
      };
      this.#notify();
    });
  }
}

/** An answer in time, or `LOST`. */
function within(start: (resolve: (answer: BindAnswer) => void) => void): Promise<BindAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS, LOST);
    start((answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/**
 * Sends one client to an address and a port.
 * @returns the side that saw it, or the code of what it got instead.
 * @throws {SystemError} `resources`, which says nothing about the pair.
 */
export async function ask(
  protocol: BindProtocol,
  address: string,
  port: number,
  arrivals: Arrivals,
): Promise<BindAnswer> {
  const answer = await (protocol === 'tcp' ? connect : send)(address, port, arrivals);
  if (answer === null || bindReason(answer) !== 'resources') return answer;
  throw outOfResources(answer, 'connect', 'opening a client failed', { address, port });
}

async function connect(host: string, port: number, arrivals: Arrivals): Promise<BindAnswer> {
  const client = openConnection({ host, port });
  try {
    const failed = await within((resolve) => {
      client.once('connect', () => resolve(null));
      client.once('error', (error) => resolve(codeOfError(error)));
    });
    return failed ?? (await arrivals.who(client.localPort ?? 0));
  } finally {
    client.on('error', ignore);
    // Nothing is left in TIME_WAIT, where it would keep others from the port.
    if (client.connecting) client.destroy();
    else client.resetAndDestroy();
  }
}

async function send(host: string, port: number, arrivals: Arrivals): Promise<BindAnswer> {
  const { createSocket }: typeof dgram = require('node:dgram');
  const client = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    return await within((resolve) => {
      // Of a connected socket: also that nothing listens there.
      client.on('error', (error) => resolve(codeOfError(error)));
      client.connect(port, host, (error?: Error) => {
        if (error) return resolve(codeOfError(error));
        client.send('v6only');
        arrivals.who(client.address().port).then(resolve, ignore);
      });
    });
  } finally {
    client.close();
  }
}

function codeOfError(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}

function ignore(): void {}
