/** The base system's programs that list sockets, for systems where the addon doesn't ask the kernel. */
import { execFile } from 'node:child_process';
import { unsupportedPlatform } from '../kernel/errors';
import { parseNetstat, parseSockstat, socketKey } from './netstat';
import type { Holder } from './processes';
import { type SocketRow, withHolder } from './socket-rows';

interface Programs {
  readonly netstat: string;
  /** macOS has none, and its netstat doesn't show processes. */
  readonly sockstat?: string;
}

/** FreeBSD: man 1 netstat, man 1 sockstat; -w shows whole addresses. macOS: man 1 netstat. */
const PROGRAMS: Readonly<Record<string, Programs>> = {
  freebsd: { netstat: '/usr/bin/netstat', sockstat: '/usr/bin/sockstat' },
  darwin: { netstat: '/usr/sbin/netstat' },
};

/** Enough for some 500,000 sockets. */
const MOST_OUTPUT = 64 * 2 ** 20;

/**
 * Every socket; with `pid` those of one process.
 * @throws {SystemError} ENOTSUP `unsupported-platform` if the programs are missing or don't show processes.
 */
export async function listByPrograms(processes: boolean, pid: number | undefined): Promise<SocketRow[]> {
  const { netstat, sockstat } = PROGRAMS[process.platform] ?? {};
  if (netstat === undefined)
    throw unsupportedPlatform('spawn', `listing sockets is not supported on ${process.platform}`);
  if (pid !== undefined && sockstat === undefined)
    throw unsupportedPlatform('spawn', 'netstat does not show which process owns a socket');
  const wanted = processes || pid !== undefined;
  const asked = [
    run(netstat, ['-anW']).then(parseNetstat),
    wanted && sockstat !== undefined
      ? run(sockstat, ['-46sw']).then((text) => parseSockstat(text, pid))
      : new Map<string, Holder>(),
  ] as const;
  // If one program fails, wait for the other to end before reporting it.
  await Promise.allSettled(asked);
  const [rows, holders] = await Promise.all(asked);
  for (const row of rows) withHolder(row, holders.get(socketKey(row)));
  return pid === undefined ? rows : rows.filter((row) => row.pid === pid);
}

/** Without a shell, and with an empty environment: neither PATH nor the user's language changes the output. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: {}, maxBuffer: MOST_OUTPUT, encoding: 'utf8' }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(unsupportedPlatform('spawn', `${program} ${args.join(' ')} failed: ${error.message}`));
    });
  });
}
