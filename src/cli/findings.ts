/**
 * What `v6only doctor` finds on a machine. A *problem* makes it exit with 1: some program here silently gets something
 * other than it asked for, or every call of this package fails. A deliberate setting (a sysctl, IPv6 disabled) is a
 * *note*: this package's calls then do what they say, or report an error.
 */
import { AddonUnavailableError } from '../kernel/addon-unavailable';
import { isError, SystemError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import type { PlatformDefaults } from '../machine/defaults';
import { currentRuntime, dropsIPv6OnlyWithoutHost } from '../runtime/support';
import { stackName } from './defaults-text';

export interface Finding {
  id: string;
  severity: 'problem' | 'note';
  message: string;
  remedy: string;
}

export function findingsOf(defaults: PlatformDefaults, localhost: readonly string[]): Finding[] {
  return [...machineFindings(defaults), ...localhostFindings(defaults, localhost), ...runtimeFindings()];
}

/** Nothing could be measured. */
export function cannotMeasure(error: unknown): Finding {
  const message = isError(error) ? error.message : String(error);
  if (error instanceof AddonUnavailableError) {
    const remedy = 'Without the addon every call of v6only that touches a socket throws.';
    return { id: error.reason, severity: 'problem', message, remedy };
  }
  if (error instanceof SystemError) {
    const remedy = 'Until then every call of v6only that touches a socket throws.';
    return { id: error.reason, severity: 'problem', message, remedy };
  }
  return { id: 'access-denied', severity: 'problem', message, remedy: 'Start node with --allow-net.' };
}

function machineFindings(defaults: PlatformDefaults): Finding[] {
  if (!defaults.ipv6) return [IPV6_UNAVAILABLE];
  const findings: Finding[] = [];
  if (!defaults.ipv6Address) findings.push(NO_ADDRESS);
  else if (!defaults.ipv6Loopback) findings.push(NO_LOOPBACK);
  if (!defaults.changeable) findings.push(NOT_CHANGEABLE);
  else if (!defaults.ipv4Mapped) findings.push(NO_MAPPED);
  return [...findings, ...sysctlFindings(defaults)];
}

const IPV6_UNAVAILABLE: Finding = {
  id: 'no-ipv6',
  severity: 'note',
  message:
    'IPv6 is off: AF_INET6 sockets cannot be opened. Stock server.listen(port) silently falls back to ' +
    '0.0.0.0; listen(server, { port }) opens 0.0.0.0 and lists IPv6 in `missing`; setV6Only fails.',
  remedy:
    'If this is not intended: on Linux, boot without ipv6.disable=1, and allow AF_INET6 in the seccomp filter.',
};

const NO_ADDRESS: Finding = {
  id: 'no-ipv6-address',
  severity: 'note',
  message:
    'No interface has an IPv6 address. [::] can be bound, but an IPv6-only listener there is unreachable, and ' +
    'a process warning says so.',
  remedy:
    'If this is not intended: on Linux, sysctl -w net.ipv6.conf.all.disable_ipv6=0, and add an address to an interface.',
};

const NO_LOOPBACK: Finding = {
  id: 'no-ipv6-loopback',
  severity: 'problem',
  message: '::1 cannot be bound, although this machine has IPv6: localhost has no IPv6.',
  remedy:
    'Bring the loopback interface up with ::1 on it: on Linux, ip link set lo up, then ip addr add ::1/128 dev lo.',
};

const NOT_CHANGEABLE: Finding = {
  id: 'not-changeable',
  severity: 'note',
  message: 'This kernel refuses IPV6_V6ONLY 0, so there are no dual-stack sockets.',
  remedy: 'Listen on both families with two sockets: listen(server, { port }).',
};

const NO_MAPPED: Finding = {
  id: 'no-ipv4-mapped',
  severity: 'problem',
  message: '::ffff:127.0.0.1 cannot be bound, so dual-stack sockets do not reach IPv4 here.',
  remedy: 'Listen on both families with two sockets: listen(server, { port }).',
};

/** udp6 follows the sysctl and TCP does not, so a changed sysctl makes the two disagree. */
function sysctlFindings({ sysctl, v6Only, node }: PlatformDefaults): Finding[] {
  const { sysctl: known, restore } = currentPlatform();
  if (known === null || sysctl === null || node === null || node.tcp === node.udp) return [];
  const changed = v6Only !== (known.defaultValue === 1);
  const finding: Finding = {
    id: 'udp-differs-from-tcp',
    severity: 'note',
    message:
      `${sysctl.name} is ${sysctl.value}${changed ? ', not the default' : ''}: a stock udp6 socket on [::] is ` +
      `${stackName(node.udp)}, even with ipv6Only: false, while a stock TCP server on [::] is ` +
      `${stackName(node.tcp)}. setV6Only works for both.`,
    remedy: `Call setV6Only on both${changed ? `, or restore the default: ${restore}` : ''}.`,
  };
  return [finding];
}

/** Stock `listen(port, 'localhost')` opens only the first address (lib/net.js, lookupAndListen). */
function localhostFindings({ ipv6Loopback }: PlatformDefaults, addresses: readonly string[]): Finding[] {
  const [first] = addresses;
  const remedy = `Add "127.0.0.1 localhost" and "::1 localhost" to ${currentPlatform().hostsFile}.`;
  const strangers = addresses.filter((address) => !isLoopback(address));
  if (first === undefined || strangers.length > 0) {
    const found = strangers.length === 0 ? 'cannot be resolved' : `is ${strangers.join(', ')}`;
    const message = `localhost ${found}; it should be a loopback address (RFC 6761, 6.3).`;
    return [{ id: 'localhost-not-loopback', severity: 'problem', message, remedy }];
  }
  if (first !== '::1' || ipv6Loopback) return [];
  const message =
    'localhost is ::1, which this machine does not have: a stock server.listen(port, "localhost") fails with ' +
    'EADDRNOTAVAIL.';
  return [{ id: 'localhost-unavailable', severity: 'problem', message, remedy }];
}

/** macOS has a link-local one (`fe80::1%lo0`), which Node skips. */
function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('fe80::1%lo');
}

function runtimeFindings(): Finding[] {
  const { name } = currentRuntime();
  if (name !== 'node' || !dropsIPv6OnlyWithoutHost(process.version)) return [];
  const finding: Finding = {
    id: 'drops-ipv6only-without-host',
    severity: 'note',
    message: `Node ${process.version} ignores ipv6Only: true when listen has no host, and stays dual-stack.`,
    remedy: 'Use setV6Only(server), or the host "::". Fixed in Node 22.12.0 and 23.1.0.',
  };
  return [finding];
}
