/** The package as installed for a user, in the node_modules of another folder. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot, repositoryRoot } from './node-child';

export interface Copy {
  folder: string;
  /** Writes a file into the folder and returns its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Copies what `npm install` would install; without `addon` there is no binary for any platform. */
export function copyPackage({ addon }: { addon: boolean }): Copy {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'v6only-copy-')));
  const installed = join(folder, 'node_modules/v6only');
  mkdirSync(installed, { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(repositoryRoot, name), join(installed, name), { recursive: true });
  }
  if (addon) copyAddon(installed);
  return {
    folder,
    write(name, text) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** From an installed package's prebuilt files, or as built in this repository. */
function copyAddon(installed: string): void {
  const prebuilds = join(packageRoot, 'prebuilds');
  if (packageRoot !== repositoryRoot)
    return cpSync(prebuilds, join(installed, 'prebuilds'), { recursive: true });
  const release = join(installed, 'build/Release');
  mkdirSync(release, { recursive: true });
  const built = join(packageRoot, 'build/Release');
  for (const name of readdirSync(built)) {
    if (name.endsWith('.node')) cpSync(join(built, name), join(release, name));
  }
}
