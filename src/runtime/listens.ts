/**
 * Hears every `listen` of the process, whoever calls it and however: Node publishes it in the call, before it reads the
 * options, and again when the socket is there, before 'listening' is queued (lib/net.js; in 20.19, 22.11 and all later
 * lines). What a subscriber throws would end the process, so these hooks throw nothing.
 */
import { channel, subscribe } from 'node:diagnostics_channel';
import { Server, Socket } from 'node:net';

export interface ListenHooks {
  /** In the call, before Node reads the options. */
  begun(server: Server, options: object): void;
  /** The socket listens, and 'listening' has not been emitted. */
  opened(server: Server): void;
  /** There is no socket, and 'error' has not been emitted. */
  failed(server: Server, error: unknown): void;
}

const CHANNEL = 'tracing:net.server.listen';
const errors = channel(`${CHANNEL}:error`);

interface Message {
  readonly server?: unknown;
  readonly options?: unknown;
  readonly error?: unknown;
}

function hear(event: string, act: (server: Server, message: Message) => void): void {
  subscribe(`${CHANNEL}:${event}`, (message) => {
    const heard: Message = Object(message);
    if (heard.server instanceof Server) act(heard.server, heard);
  });
}

export function hearListens(hooks: ListenHooks): void {
  hear('asyncStart', (server, { options }) => {
    if (typeof options === 'object' && options !== null) hooks.begun(server, options);
  });
  hear('asyncEnd', (server) => hooks.opened(server));
  hear('error', (server, { error }) => hooks.failed(server, error));
}

/** Tells tracers of an error of ours as Node tells them of a failed listen. */
export function publishFailure(server: Server, error: unknown): void {
  if (errors.hasSubscribers) errors.publish({ server, error });
}

/** Makes Node publish a listen that it refuses right afterwards, so that nothing is opened. */
export function publishProbe(probe: Server): void {
  try {
    probe.listen({ port: -1 });
  } catch {
    // ERR_SOCKET_BAD_PORT, as meant.
  }
}

/** Listens on a descriptor that is bound already. @returns 'ok', or the code of the error, which is not emitted. */
export function listenNow(server: Server, fd: number, backlog: number): string {
  let failure: unknown;
  const onFailure = (message: unknown): void => {
    const { server: failed, error }: Message = Object(message);
    if (failed === server) failure = error;
  };
  server.on('error', () => {});
  errors.subscribe(onFailure);
  try {
    // As a socket, since a cluster worker would take a descriptor for one of its primary's.
    server.listen(new Socket({ fd, readable: false, writable: false }), backlog);
  } catch {
    // Not a socket any more.
    return 'EBADF';
  } finally {
    errors.unsubscribe(onFailure);
  }
  const { code }: { code?: unknown } = Object(failure);
  return server.listening ? 'ok' : String(code);
}
