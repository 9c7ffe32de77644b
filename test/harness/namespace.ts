/** Fresh network namespaces, one per child; the host's network is never touched. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cleanEnvironment, type Ended, repositoryRoot, run } from './node-child';

/** `unshare` and its flags: root needs no user namespace. */
const UNSHARE: readonly string[] =
  process.getuid?.() === 0 ? ['unshare', '--net'] : ['unshare', '--map-root-user', '--net'];

/** Why namespaces are not available here; null if they are. */
export const noNamespaces = ((): string | null => {
  const [command = '', ...flags] = UNSHARE;
  const tried = spawnSync(command, [...flags, 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (tried.status === 0) return null;
  return `${UNSHARE.join(' ')} is not permitted here: ${tried.error?.message ?? tried.stderr.trim()}`;
})();

/** Makes socket(2) with AF_INET6 or another family fail as in a kernel without it (by seccomp). */
export function refuseFamily(family: 'AF_INET6' | 'AF_NETLINK'): string[] {
  return ['python3', join(repositoryRoot, 'test/netns/fixtures/refuse-family.py'), family];
}

/** Why a family can't be refused here; null if it can. */
export function cannotRefuse(family: 'AF_INET6' | 'AF_NETLINK'): string | null {
  const [command = '', ...args] = refuseFamily(family);
  const tried = spawnSync(command, [...args, 'true'], { encoding: 'utf8', env: cleanEnvironment() });
  return tried.status === 0 ? null : `no seccomp filter here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

/** The command that runs `command` in a fresh namespace, after the shell commands of `setup`. */
export function inNamespace(setup: readonly string[], command: readonly string[]): string[] {
  const script = [...setup, 'exec "$@"'].join(' && ');
  return [...UNSHARE, 'sh', '-c', script, 'sh', ...command];
}

export function runInNamespace(setup: readonly string[], command: readonly string[]): Promise<Ended> {
  const [program = '', ...args] = inNamespace(setup, command);
  return run(program, args, { timeoutMs: 50_000 });
}

export const LO_UP = 'ip link set lo up';
