/** What this machine and this runtime do with IPV6_V6ONLY, problems with that, and how to fix them. */
import { addon } from '../kernel/addon';
import { AddonUnavailableError, isError, SystemError } from '../kernel/errors';
import { currentPlatform } from '../kernel/platforms';
import { type PlatformDefaults, platformDefaults } from '../machine/defaults';
import { currentRuntime, dropsIPv6OnlyWithoutHost } from '../runtime/support';

interface Finding {
  id: string;
  /** A problem needs fixing; a note is worth knowing. */
  severity: 'problem' | 'note';
  message: string;
  remedy: string;
}

export interface DoctorReport {
  ok: boolean;
  platform: string;
  runtime: { name: string; version: string };
  defaults: PlatformDefaults | null;
  findings: Finding[];
}

export function examine(): DoctorReport {
  const { defaults, findings } = measure();
  return {
    ok: findings.every(({ severity }) => severity === 'note'),
    platform: process.platform,
    runtime: { name: currentRuntime().name, version: process.version },
    defaults,
    findings,
  };
}

function measure(): Pick<DoctorReport, 'defaults' | 'findings'> {
  try {
    addon();
    const defaults = platformDefaults();
    return { defaults, findings: [...machineFindings(defaults), ...runtimeFindings()] };
  } catch (error) {
    return { defaults: null, findings: [cannotMeasure(error)] };
  }
}

function cannotMeasure(error: unknown): Finding {
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
  severity: 'problem',
  message:
    'AF_INET6 sockets cannot be opened. Stock server.listen(port) silently falls back to 0.0.0.0; ' +
    'after setV6Only it is an error.',
  remedy:
    'Enable IPv6 (on Linux: boot without ipv6.disable=1, and no seccomp filter on AF_INET6), or listen on IPv4.',
};

const NO_ADDRESS: Finding = {
  id: 'no-ipv6-address',
  severity: 'problem',
  message:
    'No interface has an IPv6 address. [::] can be bound, but an IPv6-only listener there is unreachable.',
  remedy: 'On Linux: sysctl -w net.ipv6.conf.all.disable_ipv6=0, and an address on some interface.',
};

const NO_LOOPBACK: Finding = {
  id: 'no-ipv6-loopback',
  severity: 'problem',
  message: '::1 cannot be bound, so localhost has no IPv6.',
  remedy: 'Bring the loopback interface up (ip link set lo up) with ::1 on it (ip addr add ::1/128 dev lo).',
};

const NOT_CHANGEABLE: Finding = {
  id: 'not-changeable',
  severity: 'problem',
  message: 'This kernel refuses IPV6_V6ONLY 0, so there are no dual-stack sockets.',
  remedy: 'Listen on both families with two sockets.',
};

const NO_MAPPED: Finding = {
  id: 'no-ipv4-mapped',
  severity: 'problem',
  message: '::ffff:127.0.0.1 cannot be bound, so dual-stack sockets do not reach IPv4 here.',
  remedy: 'Listen on both families with two sockets.',
};

/** udp6 follows the sysctl and TCP does not, so a changed sysctl makes the two disagree. */
function sysctlFindings({ sysctl, v6Only, node }: PlatformDefaults): Finding[] {
  const { sysctl: known, restore } = currentPlatform();
  if (known === null || sysctl === null || node === null || node.tcp === node.udp) return [];
  const changed = v6Only !== (known.defaultValue === 1);
  const finding: Finding = {
    id: 'udp-differs-from-tcp',
    severity: changed ? 'problem' : 'note',
    message:
      `${sysctl.name} is ${sysctl.value}: a udp6 socket on [::] is ${stackName(node.udp)}, also with ipv6Only: ` +
      `false, while a TCP server on [::] is ${stackName(node.tcp)}.`,
    remedy: `Call setV6Only on both${changed ? `, or put the default back: ${restore}` : ''}.`,
  };
  return [finding];
}

function runtimeFindings(): Finding[] {
  const { name } = currentRuntime();
  if (name !== 'node' || !dropsIPv6OnlyWithoutHost(process.version)) return [];
  const finding: Finding = {
    id: 'drops-ipv6only-without-host',
    severity: 'note',
    message: `Node ${process.version} drops ipv6Only: true when listen is given no host, and stays dual-stack.`,
    remedy: 'Use setV6Only(server), or give host "::". Fixed in Node 22.12.0 and 23.1.0.',
  };
  return [finding];
}

function stackName(v6Only: boolean): string {
  return v6Only ? 'IPv6-only' : 'dual-stack';
}

export function formatDoctor(report: DoctorReport): string {
  const { platform, runtime, defaults, findings } = report;
  const lines = [
    `v6only doctor: ${platform}${defaults ? ` ${defaults.release}` : ''}, ${runtime.name} ${runtime.version}`,
  ];
  if (defaults !== null) lines.push('', ...formatDefaults(defaults));
  for (const { severity, message, remedy } of findings)
    lines.push('', `${severity}: ${message}`, `  ${remedy}`);
  lines.push('', report.ok ? 'No problems found.' : 'Problems found; see above.');
  return `${lines.join('\n')}\n`;
}

function formatDefaults(defaults: PlatformDefaults): string[] {
  const rows = describeDefaults(defaults);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** A machine's defaults, each with its value. */
export function describeDefaults(defaults: PlatformDefaults): [name: string, value: string][] {
  const { v6Only, sysctl, node } = defaults;
  return [
    ['AF_INET6 sockets can be opened', yes(defaults.ipv6)],
    ['::1 can be bound', yes(defaults.ipv6Loopback)],
    ['an interface has an IPv6 address', yes(defaults.ipv6Address)],
    ['IPv4-mapped addresses can be bound', yes(defaults.ipv4Mapped)],
    [
      'IPV6_V6ONLY of a fresh AF_INET6 socket',
      v6Only === null ? 'none' : `${Number(v6Only)} (${stackName(v6Only)})`,
    ],
    ['it can be changed before bind', yes(defaults.changeable)],
    ...describeSysctl(sysctl),
    [
      "a stock server.listen(port) or '::'",
      node === null ? '0.0.0.0, or an error for "::"' : stackName(node.tcp),
    ],
    ["a stock dgram.createSocket('udp6')", node === null ? 'an error' : stackName(node.udp)],
  ];
}

function describeSysctl(sysctl: PlatformDefaults['sysctl']): [name: string, value: string][] {
  const known = currentPlatform().sysctl;
  if (known === null) return [];
  return [[known.name, sysctl === null ? 'does not exist' : `${sysctl.value}, per ${known.scope}`]];
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}
