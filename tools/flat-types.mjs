// Writes the types of each entry point into one file: its exports, and the declarations that they need. tsc writes a
// file for each source file, most of whose declarations nobody can import. index.d.ts takes from address.d.ts what that
// exports, which needs no types of Node.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

const dist = join(import.meta.dirname, '../dist');
const pathOf = (name) => join(dist, `${name.replace(/\.js$/, '')}.d.ts`);

/** The declarations of a file and where its other names come from, by name. */
function read(name) {
  const code = readFileSync(pathOf(name), 'utf8');
  const found = { declared: new Map(), imported: new Map(), exported: new Map() };
  let end = 0;
  for (const statement of parseAst(code, { lang: 'dts' }).body) {
    const lead = code.slice(end, statement.start);
    end = statement.end;
    if (statement.type === 'ImportDeclaration')
      for (const { local, type } of statement.specifiers)
        found.imported.set(local.name, { from: resolved(name, statement.source.value), type });
    else if (statement.type === 'ExportNamedDeclaration' && statement.source !== null)
      for (const { exported } of statement.specifiers)
        found.exported.set(code.slice(exported.start, exported.end), resolved(name, statement.source.value));
    else {
      const [comment = ''] = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(lead) ?? [];
      const text = code.slice(statement.start, end).replace(/^export /, '');
      const [, own] = DECLARED.exec(text) ?? [];
      if (own !== undefined) found.declared.set(own, [...(found.declared.get(own) ?? []), comment + text]);
    }
  }
  return found;
}

/** tsc writes one name to a statement. */
const DECLARED = /^(?:declare )?(?:class|const|function|interface|type) ([\w$]+)/;

function resolved(name, from) {
  return from.startsWith('.') ? join(name, '..', from) : from;
}

/** Behind the comment. */
const PLACE = /^(\/\*\*[\s\S]*?\*\/\s*|)/;

/** Everything that an entry point needs: declarations by name, and names of Node's modules. */
class Flat {
  files = new Map();
  found = new Map();
  outside = new Map();

  constructor(entry, elsewhere = []) {
    this.exported = this.file(entry).exported;
    for (const [name, from] of this.exported) if (!elsewhere.includes(name)) this.need(from, name);
  }

  file(name) {
    if (!this.files.has(name)) this.files.set(name, read(name));
    return this.files.get(name);
  }

  need(file, name) {
    const { declared, imported } = this.file(file);
    const origin = imported.get(name);
    if (declared.has(name)) this.add(file, name, declared.get(name));
    else if (origin?.from.startsWith('node:')) this.outside.set(name, origin);
    else if (origin !== undefined) this.need(origin.from, name);
  }

  add(file, name, statements) {
    const known = this.found.get(name);
    if (known !== undefined && known.file !== file)
      throw new Error(`${name} is in ${file} and ${known.file}`);
    if (known !== undefined) return;
    this.found.set(name, { file, statements });
    for (const text of statements)
      for (const [word] of text.replace(/\/\*[\s\S]*?\*\/|'[^']*'/g, '').matchAll(/[A-Za-z_$][\w$]*/g))
        this.need(file, word);
  }

  /** What is named `export` is exported, and nothing else, as the last line says. */
  toString() {
    const imports = [...this.outside].map(([name, { from, type }]) =>
      type === 'ImportSpecifier'
        ? `import type { ${name} } from '${from}';`
        : `import type * as ${name} from '${from}';`,
    );
    const declarations = [...this.found].flatMap(([name, { statements }]) =>
      this.exported.has(name) ? statements.map((text) => text.replace(PLACE, '$1export ')) : statements,
    );
    return [...imports, ...declarations, 'export {};\n']
      .join('\n')
      .replace(/^(?: {4})+/gm, (blanks) => blanks.slice(blanks.length / 2));
  }
}

const address = new Flat('address');
const shared = [...address.exported.keys()];
const index = new Flat('index', shared);
const misplaced = shared.filter((name) => index.found.has(name));
if (misplaced.length > 0) throw new Error(`index.d.ts would declare ${misplaced.join(', ')} again`);

for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true }))
  if (entry.name.endsWith('.d.ts')) rmSync(join(entry.parentPath, entry.name));
for (const entry of readdirSync(dist, { withFileTypes: true }))
  if (entry.isDirectory()) rmSync(join(dist, entry.name), { recursive: true });
writeFileSync(pathOf('address'), String(address));
writeFileSync(pathOf('index'), `export { ${shared.join(', ')} } from './address.js';\n${index}`);
writeFileSync(pathOf('register'), 'export {};\n');
writeFileSync(join(dist, 'address.d.mts'), "export * from './address.js';\n");
