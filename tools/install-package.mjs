// Packs the tarball that would be published and installs it in an empty project, like a user, without scripts.
//
//   node tools/install-package.mjs FOLDER
//
// The folder must not exist; afterwards FOLDER/node_modules/v6only is the package, and nothing there leads back here.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');

function run(program, args, cwd) {
  // Without the variables that `npm run` sets for this package, which the inner npm would take for its settings.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config)/.test(name)),
  );
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Returns the folder of the installed package. */
export function installPackage(folder) {
  run(process.execPath, [join(ROOT, 'tools/prebuild.mjs')], ROOT);
  run('npm', ['run', '--silent', 'build:ts'], ROOT);
  mkdirSync(folder, { recursive: true });
  const quiet = ['--ignore-scripts', '--loglevel=error'];
  // npm prints the tarball's name last.
  const [tarball = ''] = run('npm', ['pack', ...quiet, '--pack-destination', folder], ROOT)
    .trim()
    .split('\n')
    .slice(-1);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', ...quiet, '--no-audit', '--no-fund', join(folder, tarball)], folder);
  return join(folder, 'node_modules/v6only');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new TypeError('expected the folder to install in');
  console.log(installPackage(resolve(folder)));
}
