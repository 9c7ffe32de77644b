/** What this package's calls do on this machine, and what `localhost` is, for `v6only doctor`. */
import { SystemError } from '../kernel/errors';
import { planKnown } from '../listen/endpoints';
import { choiceOf } from '../listen/stack';
import type { PlatformDefaults } from '../machine/defaults';
import { addressesOf } from '../runtime/custom-lookup';
import { requireSupport } from '../runtime/support';
import { stackName } from './defaults-text';

export interface Prospect {
  call: string;
  /** The sockets, or the reason of the error. */
  result: string;
}

export function prospects(defaults: PlatformDefaults): Prospect[] {
  return [
    { call: 'setV6Only(server).listen(port)', result: resultOf(() => oneSocket(defaults, true)) },
    { call: 'setV6Only(server, false).listen(port)', result: resultOf(() => oneSocket(defaults, false)) },
    { call: 'listen(server, { port })', result: resultOf(twoSockets) },
  ];
}

function resultOf(tell: () => string): string {
  try {
    return tell();
  } catch (error) {
    if (error instanceof SystemError) return `an error, ${error.reason}`;
    throw error;
  }
}

function oneSocket({ ipv6, ipv6Address, changeable }: PlatformDefaults, v6Only: boolean): string {
  requireSupport('chooseServer', 'listen');
  if (!ipv6) return 'an error, no-ipv6';
  if (!changeable && !v6Only) return 'an error, unsupported-platform';
  if (ipv6Address) return `[::] ${stackName(v6Only)}`;
  return `[::] ${stackName(v6Only)}, ${v6Only ? 'unreachable' : 'over IPv4 only'}`;
}

function twoSockets(): string {
  requireSupport('severalSockets', 'listen');
  const { endpoints = [], missing = [] } = planKnown('', choiceOf('split'), 'listen') ?? {};
  const shown = endpoints.map(({ family }) => (family === 'IPv6' ? `[::] ${stackName(true)}` : '0.0.0.0'));
  const left = missing.map(({ family }) => `, no ${family} here`);
  return shown.join(' and ') + left.join('');
}

/** The system resolver's answer, in its order; empty if it has none. */
export async function localhost(): Promise<string[]> {
  const found = await addressesOf('localhost').catch(() => []);
  return found.map(({ address }) => address);
}
