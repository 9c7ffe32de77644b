/** A machine's defaults in words, for `v6only doctor` and the page of `v6only bindtest`. */
import { currentPlatform } from '../kernel/platforms';
import type { PlatformDefaults } from '../machine/defaults';

/** Each with its value. */
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

export function stackName(v6Only: boolean): string {
  return v6Only ? 'IPv6-only' : 'dual-stack';
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

function describeSysctl(sysctl: PlatformDefaults['sysctl']): [name: string, value: string][] {
  const known = currentPlatform().sysctl;
  if (known === null) return [];
  return [[known.name, sysctl === null ? 'does not exist' : `${sysctl.value}, per ${known.scope}`]];
}
