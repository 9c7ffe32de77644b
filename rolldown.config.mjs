// Three entry points over one shared file, core.js: `import`, `require` and v6only/register load it once, and share its
// state. Few files, because each costs Node half a millisecond; and index.js only names the exports of core.js, because
// Node reads an imported CommonJS file twice, the second time slowly, to find its names. Types come from tsc.
//
// Minified, but functions and classes keep their names, for stack traces, and each statement starts a line, because
// Node prints the whole source line of an uncaught error.
//
// v6only/address is separate, for browsers and bundles: it has no state, needs nothing of Node, and browsers need an ES
// module.
import { join } from 'node:path';
import { defineConfig } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

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

const keepNames = { function: true, class: true };
/** @vercel/nft finds the addon's files by calls of node:path under this name. */
const reserved = ['node_path'];
const OUTPUT = {
  dir: 'dist',
  strict: true,
  comments: false,
  generatedCode: { symbols: false },
  minifyInternalExports: false,
  minify: { compress: { keepNames, joinVars: false }, mangle: { toplevel: true, keepNames, reserved } },
};

/** Starts a line with each statement of the program. */
const lines = {
  name: 'lines',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk') continue;
      const { code } = chunk;
      const starts = parseAst(code).body.map(({ start }) => start);
      const statements = starts.map((start, index) => code.slice(start, starts[index + 1]).trimEnd());
      chunk.code = code.slice(0, starts[0]) + statements.join('\n');
    }
  },
};

/** @type {import('rolldown').RolldownOptions} */
const program = {
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
  platform: 'node',
  plugins: [lines],
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
  plugins: [lines],
  // What needs node:net is in functions that this entry point leaves out.
  treeshake: { moduleSideEffects: false },
  output: { ...OUTPUT, format, entryFileNames: `[name].${extension}` },
});

export default defineConfig([program, address('cjs', 'js'), address('esm', 'mjs')]);
