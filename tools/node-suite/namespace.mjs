// Network namespaces that tests run in, one after the other, so that they meet nobody's ports and touch no network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// Root needs no namespace of users for it.
const ROOT = process.getuid?.() === 0;
const UNSHARE = ['unshare', ...(ROOT ? [] : ['--map-root-user']), '--net', '--mount'];
const ENTER = [
  'nsenter',
  ...(ROOT ? [] : ['--user', '--preserve-credentials']),
  '--net',
  '--mount',
  '--wdns=.',
];

/**
 * `localhost` has both addresses there, as on most machines, the IPv4 one first: so clients that are given the name try both
 * sockets of `split`.
 */
const SET_UP = `
  ip link set lo up && mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/gai.conf" /etc/gai.conf &&
  echo ready && exec sleep infinity`;

/** `enter(folder)` comes before the command that is to run in it, with that working directory. */
export async function openNamespace() {
  const [program = '', ...args] = [...UNSHARE, 'sh', '-c', SET_UP, join(import.meta.dirname, 'etc')];
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ready = await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
  if (String(ready[0]).trim() !== 'ready') throw new Error(`no network namespaces here: ${said.trim()}`);
  const close = () => holder.kill('SIGKILL');
  process.on('exit', close);
  const enter = (folder) => [...ENTER, '--target', String(holder.pid), `--wdns=${folder}`];
  return { enter, close };
}
