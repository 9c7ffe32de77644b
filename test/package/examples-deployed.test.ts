/** The examples whose other half is another program: systemd's unit files, the Dockerfile, a pod of Kubernetes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/cluster';
import { typeIn, userFolder } from '../harness/documents';
import { cleanUp, expectNoLeaks } from '../harness/leaks';
import { noNamespaces } from '../harness/namespace';
import { cleanEnvironment, repositoryRoot } from '../harness/node-child';
import type { Copy } from '../harness/package-copy';
import { curl, HOSTS, within } from '../harness/peers';

expectNoLeaks();

const examples = join(repositoryRoot, 'examples');
const read = (name: string): string => readFileSync(join(examples, name), 'utf8');

/** All values of a key of a unit file. */
function valuesOf(unit: string, key: string): string[] {
  return [...unit.matchAll(/^(\w+)=(.*)$/gm)].flatMap(([, name, value = '']) =>
    name === key ? [value] : [],
  );
}

interface Unit {
  readonly listen: readonly string[];
  /** BindIPv6Only= of systemd.socket(5). */
  readonly ipv6Only: string;
}

/**
 * What systemd does: opens the sockets of the unit, puts them at the descriptors from 3 on, sets LISTEN_FDS, and
 * LISTEN_PID in the process itself, and executes the service. The port is another one, free on this machine.
 */
const SYSTEMD = `
import os, socket, sys
port, ipv6_only = int(sys.argv[1]), sys.argv[2]
addresses, command = sys.argv[3:sys.argv.index('--')], sys.argv[sys.argv.index('--') + 1:]
opened = []
for address in addresses:
  host = address.rpartition(':')[0].strip('[]')
  s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_STREAM)
  s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  if ':' in host: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, ipv6_only == 'ipv6-only')
  s.bind((host, port))
  s.listen(128)
  opened.append(os.dup(s.fileno()) + 100)
  os.dup2(s.fileno(), opened[-1])
for index, fd in enumerate(opened): os.dup2(fd, 3 + index, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(opened)))
os.execvp(command[0], command)
`;

import { withReason } from '../harness/skips';

function activate({ listen, ipv6Only }: Unit, port: number): ChildProcess {
  const service = [process.execPath, join(examples, 'systemd.js')];
  const args = ['-c', SYSTEMD, String(port), ipv6Only, ...listen, '--', ...service];
  const child = spawn('python3', args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUp(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
  return child;
}

async function errorOf({ stderr }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stderr ?? []) text += chunk;
  return text;
}

describe('examples: under systemd', () => {
  const unit = read('systemd/hello.socket');
  const [ipv6Only = ''] = valuesOf(unit, 'BindIPv6Only');
  const asWritten = { listen: valuesOf(unit, 'ListenStream'), ipv6Only };

  it('serves on both sockets of its unit', async () => {
    expect(asWritten.listen).toHaveLength(2);
    const port = await freePort();
    const child = activate(asWritten, port);
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    expect(await within(once(lines, 'line'), 30_000)).toEqual([`{ address: '::', port: ${port} }`]);
    for (const host of HOSTS) expect(await curl(host, `http://localhost:${port}/`)).toBe(`Hello ${host}\n`);
  });

  it('refuses a dual-stack socket, with an error that says so', async () => {
    const child = activate({ listen: ['[::]:8080'], ipv6Only: 'both' }, await freePort());
    expect(await errorOf(child)).toMatch(
      /EINVAL: the socket already has a port .* IPV6_V6ONLY 0[\s\S]*already-bound/,
    );
  });

  const { status } = spawnSync('systemd-socket-activate', ['--version']);
  const noSystemd = status === 0 ? null : 'systemd-socket-activate is not installed here';
  it.skipIf(noSystemd !== null)(withReason('takes a socket of systemd itself', noSystemd), async () => {
    const port = await freePort();
    const service = [process.execPath, join(examples, 'systemd.js')];
    const child = spawn('systemd-socket-activate', ['-l', `127.0.0.1:${port}`, ...service], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    cleanUp(() => child.kill());
    await once(createInterface({ input: child.stderr }), 'line');
    expect(await curl('127.0.0.1', `http://localhost:${port}/`)).toBe('Hello 127.0.0.1\n');
  });

  it('its service starts the example', () => {
    const [start = ''] = valuesOf(read('systemd/hello.service'), 'ExecStart');
    expect(start).toMatch(/^\/\S*\/node \/\S*\/systemd\.js$/);
  });
});

/** The arrays of a text that are a command with its arguments. */
function commandsOf(text: string, before: string): string[] {
  return [...text.matchAll(new RegExp(`${before}(\\[.*\\])$`, 'gm'))].map(([, list = '']) =>
    JSON.parse(list).join(' '),
  );
}

describe.skipIf(noNamespaces !== null)(withReason('examples: health checks', noNamespaces), () => {
  let user: Copy;
  beforeAll(() => {
    user = userFolder();
    copyFileSync(join(examples, 'http.js'), join(user.folder, 'http.js'));
  });
  afterAll(() => user.remove());

  const dockerfile = read('docker/Dockerfile');
  const [server = '', ...others] = commandsOf(dockerfile, '^CMD ');
  const checks = [
    ...commandsOf(dockerfile, '^HEALTHCHECK .* CMD '),
    ...commandsOf(read('kubernetes/pod.yaml'), 'command: '),
  ];

  it('finds them', () => {
    expect([server, others, checks.length]).toEqual(['node http.js 8080', [], 2]);
    for (const check of checks) expect(check).toMatch(/^node_modules\/.bin\/v6only check 8080( |$)/);
  });

  it.each(checks)('%s: healthy while the server of the image runs, and not before', async (check) => {
    const script = `$ ${check}\n$ echo exit $?\n$ ${server} &\n$ ${check}\n$ echo exit $?\n`;
    const { stdout } = await typeIn(script, user.folder);
    expect([...stdout.matchAll(/^exit \d+/gm)].map(String)).toEqual(['exit 1', 'exit 0']);
  });

  it.each(checks)('%s: healthy without IPv6 too', async (check) => {
    const off = 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
    const { stdout } = await typeIn(`$ ${off}\n$ ${server} &\n$ ${check}\n$ echo exit $?\n`, user.folder);
    expect(stdout).toMatch(/^ok: port 8080: 0\.0\.0\.0 accepts IPv4 only [\s\S]*^exit 0$/m);
  });

  it.each(checks)('%s: not with a dual-stack server', async (check) => {
    const stock = `node -e 'http.createServer().listen(8080)' &`;
    const { stdout } = await typeIn(`$ ${stock}\n$ ${check}\n$ echo exit $?\n`, user.folder);
    expect(stdout).toMatch(/^not as expected: port 8080[\s\S]*^exit 1$/m);
  });
});
