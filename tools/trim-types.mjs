// Deletes the declarations in dist/ that those of the entry points do not use: they are of files that are no longer
// there by themselves, and nobody can import them.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ENTRIES = ['index', 'register'];
const dist = join(import.meta.dirname, '../dist');

function reach(name, found) {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(dist, `${name}.d.ts`), 'utf8');
  for (const [, imported] of text.matchAll(/(?:from |import\()'\.\/([\w-]+)'/g)) reach(imported, found);
  return found;
}

const used = ENTRIES.reduce((found, name) => reach(name, found), new Set());
for (const file of readdirSync(dist)) {
  if (file.endsWith('.d.ts') && !used.has(file.slice(0, -'.d.ts'.length))) rmSync(join(dist, file));
}
