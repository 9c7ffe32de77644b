import { debuglog } from 'node:util';

const log = debuglog('v6only');

/** A line on stderr with NODE_DEBUG=v6only; without it nothing is read or built for one. */
export function debug(text: () => string): void {
  if (log.enabled) log(text());
}
