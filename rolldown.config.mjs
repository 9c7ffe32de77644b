// Three entry points over one shared file, core.js: whatever is loaded by `import`, `require` and v6only/register is
// there once, and so is its state. Few files, because each costs Node half a millisecond; and index.js only names what
// core.js has, because Node reads an imported CommonJS file twice, the second time slowly, to find its names. Types
// come from tsc. The output is for people to read in a debugger: no names are shortened.
//
// v6only/address stands alone, for browsers and bundles: it has no state, needs nothing of Node, and browsers want it
// as an ES module too.
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

const OUTPUT = { dir: 'dist', strict: true, comments: false, generatedCode: { symbols: false } };

/** @type {import('rolldown').RolldownOptions} */
const program = {
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
  platform: 'node',
  output: {
    ...OUTPUT,
    cleanDir: true,
    format: 'cjs',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: (id, context) => (loadedBy(INDEX, context).has(id) ? 'core' : null), debugName: 'core' },
      ],
    },
  },
};

/** @type {(format: 'cjs' | 'esm', extension: string) => import('rolldown').RolldownOptions} */
const address = (format, extension) => ({
  input: { address: 'src/address.ts' },
  platform: 'neutral',
  external: ['node:net'],
  // What needs node:net is in functions that this entry point leaves out.
  treeshake: { moduleSideEffects: false },
  output: { ...OUTPUT, format, entryFileNames: `[name].${extension}` },
});

export default defineConfig([program, address('cjs', 'js'), address('esm', 'mjs')]);
