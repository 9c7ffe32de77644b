import { debuglog } from 'node:util';

const log = debuglog('v6only');

/** Writes a line to stderr with NODE_DEBUG=v6only; undefined without it, so that `debug?.(…)` builds nothing. */
export const debug: ((text: string) => void) | undefined = log.enabled ? (text) => log(text) : undefined;
