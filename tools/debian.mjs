import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where this machine's own packages come from. */
export function debianMirror() {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
    '/etc/apt/sources.list',
  ];
  const texts = files.filter(existsSync).map((file) => readFileSync(file, 'utf8'));
  const [, mirror] = /(?:^URIs: *|^deb (?:\[.*?\] )?)(\S+\/debian)\/?(?:\s|$)/m.exec(texts.join('\n')) ?? [];
  if (mirror === undefined) throw new Error('apt has no Debian mirror here');
  return mirror;
}
