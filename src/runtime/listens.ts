/**
 * Hears every `listen` in the process, whatever calls it: Node publishes it during the call, before it reads the
 * options, and again when the socket exists, before 'listening' is queued (lib/net.js; in 20.19, 22.11 and all later
 * lines). An exception from a subscriber would end the process, so these hooks don't throw.
 */
import { channel, subscribe } from 'node:diagnostics_channel';
import { Server, Socket } from 'node:net';

export interface ListenHooks {
  /** During the call, before Node reads the options. */
  begun(server: Server, options: object): void;
  /** The socket is listening, and 'listening' has not been emitted yet. */
  opened(server: Server): void;
  /** There is no socket, and 'error' has not been emitted yet. */
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

/** Tells tracers about our own error as Node tells them about a failed listen. */
export function publishFailure(server: Server, error: unknown): void {
  if (errors.hasSubscribers) errors.publish({ server, error });
}

/** Makes Node publish a listen and then reject it, so that nothing is opened. */
export function publishProbe(probe: Server): void {
  try {
    probe.listen({ port: -1 });
  } catch {
    // ERR_SOCKET_BAD_PORT, as intended.
  }
}

/** Listens on an already bound descriptor. @returns 'ok', or the error code; no 'error' is emitted. */
export function listenNow(server: Server, fd: number, backlog: number): string {
  let failure: unknown;
  const onFailure = (message: unknown): void => {
    const { server: failed, error }: Message = Object(message);
    if (failed === server) failure = error;
  };
  server.on('error', () => {});
  errors.subscribe(onFailure);
  try {
    // As a socket, because a cluster worker would take a descriptor as one of its primary's.
    server.listen(new Socket({ fd, readable: false, writable: false }), backlog);
  } catch {
    // No longer a socket.
    return 'EBADF';
  } finally {
    errors.unsubscribe(onFailure);
  }
  const { code }: { code?: unknown } = Object(failure);
  return server.listening ? 'ok' : String(code);
}
