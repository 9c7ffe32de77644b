// Three entry points over one shared file, core.js: whatever is loaded by `import`, `require` and v6only/register is
// there once, and so is its state. Few files, because each costs Node half a millisecond; and index.js only names what
// core.js has, because Node reads an imported CommonJS file twice, the second time slowly, to find its names. Types
// come from tsc. The output is for people to read in a debugger: no names are shortened.
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const ENTRIES = ['index', 'register', 'bin'];
const INDEX = join(import.meta.dirname, 'src/index.ts');

/** The modules that an entry point loads. */
function loadedBy(id, context, found = new Set()) {
  for (const imported of context.getModuleInfo(id)?.importedIds ?? []) {
    if (found.has(imported)) continue;
    found.add(imported);
    loadedBy(imported, context, found);
  }
  return found;
}

export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
  platform: 'node',
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'cjs',
    strict: true,
    comments: false,
    chunkFileNames: '[name].js',
    generatedCode: { symbols: false },
    codeSplitting: {
      groups: [
        { name: (id, context) => (loadedBy(INDEX, context).has(id) ? 'core' : null), debugName: 'core' },
      ],
    },
  },
});
