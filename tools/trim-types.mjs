// Deletes the declarations in dist/ that those of the entry points do not use: they are of files that are no longer
// there by themselves, and nobody can import them. The types of the ES module are those of the other one.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ENTRIES = ['address', 'index', 'register'];
const dist = join(import.meta.dirname, '../dist');
const pathOf = (name) => join(dist, `${name}.d.ts`);

function reach(name, found) {
  if (found.has(pathOf(name))) return found;
  found.add(pathOf(name));
  const text = readFileSync(pathOf(name), 'utf8');
  for (const [, imported] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g))
    reach(join(name, '..', imported ?? ''), found);
  return found;
}

const used = ENTRIES.reduce((found, name) => reach(name, found), new Set());
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const path = join(dist, file);
  if (path.endsWith('.d.ts') && !used.has(path)) rmSync(path);
}
for (const { name } of readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
  if (readdirSync(join(dist, name)).length === 0) rmSync(join(dist, name), { recursive: true });
writeFileSync(join(dist, 'address.d.mts'), "export * from './address.js';\n");
