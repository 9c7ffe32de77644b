// Reads what check-prebuilds.mjs asks of an ELF shared object, a 64-bit Mach-O library or a 64-bit PE library (DLL):
//   format, machine, flags, page, signed   what it runs on; `page` is the alignment of its loaded segments
//   libraries, versions                    requirements: libraries; versions of them (ELF) or the system (Mach-O, PE)
//   imports, weak, exports                 names of dynamic symbols, without the underscore that Mach-O adds; `weak` are
//                                          the imports that may be missing
//   faults                                 what a library that others load must not contain

const name = (bytes, offset) => bytes.toString('latin1', offset, bytes.indexOf(0, offset));

/** The `count` structures of `size` bytes at `offset`, by their offsets. */
const each = (offset, size, count) => Array.from({ length: count }, (_, i) => offset + i * size);

/** Numbers in the byte order of the file; `word` is as wide as an address. */
function numbers(bytes, little, wide) {
  const u16 = (offset) => (little ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset));
  const u32 = (offset) => (little ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset));
  const u64 = (offset) => Number(little ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
  return { u16, u32, word: wide ? u64 : u32 };
}

// Offsets in the structures of elf.h.
const ELF64 = {
  ...{ phoff: 32, shoff: 40, flags: 48, phentsize: 54, phnum: 56, shentsize: 58, shnum: 60 },
  ...{ p_flags: 4, p_align: 48, sh_offset: 24, sh_size: 32, sh_link: 40 },
  ...{ sym: 24, st_info: 4, st_shndx: 6, dyn: 16 },
};
const ELF32 = {
  ...{ phoff: 28, shoff: 32, flags: 36, phentsize: 42, phnum: 44, shentsize: 46, shnum: 48 },
  ...{ p_flags: 24, p_align: 28, sh_offset: 16, sh_size: 20, sh_link: 24 },
  ...{ sym: 16, st_info: 12, st_shndx: 14, dyn: 8 },
};
const ELF_MACHINE = { 21: 'ppc64', 22: 's390', 40: 'arm', 62: 'x86-64', 183: 'arm64', 243: 'riscv' };
const [ET_DYN, DT_NEEDED, STB_WEAK] = [3, 1, 2];
const PT = { LOAD: 1, GNU_STACK: 0x6474e551, executable: 1 };
const SHT = { DYNAMIC: 6, DYNSYM: 11, GNU_VERNEED: 0x6ffffffe };
const DT_FAULT = { 15: 'RPATH', 22: 'text relocations', 29: 'RUNPATH' };

function elfVersions(bytes, { u16, u32 }, { offset, strings }) {
  const versions = [];
  for (let need = offset, more = -1; more !== 0; need += more) {
    for (let aux = need + u32(need + 8), i = u16(need + 2); i > 0; aux += u32(aux + 12), i--) {
      versions.push(name(bytes, strings + u32(aux + 8)));
    }
    more = u32(need + 12);
  }
  return versions;
}

function elfSymbols(bytes, { u16, u32 }, at, { offset, size, strings }) {
  const symbols = { imports: [], weak: [], exports: [] };
  for (const symbol of each(offset, at.sym, size / at.sym).slice(1)) {
    const binding = bytes[symbol + at.st_info] >> 4;
    const undefinedList = binding === STB_WEAK ? symbols.weak : symbols.imports;
    const list = u16(symbol + at.st_shndx) === 0 ? undefinedList : symbols.exports;
    if (binding !== 0) list.push(name(bytes, strings + u32(symbol)));
  }
  return symbols;
}

function elfSegments({ u16, u32, word }, at) {
  const segments = each(word(at.phoff), u16(at.phentsize), u16(at.phnum));
  const stack = segments.find((segment) => u32(segment) === PT.GNU_STACK);
  const loaded = segments.filter((segment) => u32(segment) === PT.LOAD);
  return {
    page: Math.min(...loaded.map((segment) => word(segment + at.p_align))),
    executableStack: stack === undefined || (u32(stack + at.p_flags) & PT.executable) !== 0,
  };
}

function readElf(bytes) {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  const at = wide ? ELF64 : ELF32;
  const read = numbers(bytes, little, wide);
  const { u16, u32, word } = read;
  const sections = each(word(at.shoff), u16(at.shentsize), u16(at.shnum));
  const find = (type) => sections.find((header) => u32(header + 4) === type);
  const section = (type) => {
    const header = find(type);
    if (header === undefined) throw new Error(`no section of type ${type}`);
    const strings = word(sections[u32(header + at.sh_link)] + at.sh_offset);
    return { offset: word(header + at.sh_offset), size: word(header + at.sh_size), strings };
  };
  const dynamic = section(SHT.DYNAMIC);
  const entries = each(dynamic.offset, at.dyn, dynamic.size / at.dyn);
  const { page, executableStack } = elfSegments(read, at);
  return {
    format: 'ELF',
    machine: `${ELF_MACHINE[u16(18)] ?? u16(18)}, ${wide ? 64 : 32} ${little ? 'little' : 'big'}`,
    flags: u32(at.flags),
    page,
    libraries: entries.flatMap((entry) =>
      word(entry) === DT_NEEDED ? name(bytes, dynamic.strings + word(entry + at.dyn / 2)) : [],
    ),
    versions: find(SHT.GNU_VERNEED) === undefined ? [] : elfVersions(bytes, read, section(SHT.GNU_VERNEED)),
    ...elfSymbols(bytes, read, at, section(SHT.DYNSYM)),
    faults: [
      ...(u16(16) === ET_DYN ? [] : ['not a shared object']),
      ...(executableStack ? ['executable stack'] : []),
      ...entries.flatMap((entry) => DT_FAULT[word(entry)] ?? []),
    ],
  };
}

// Values of mach-o/loader.h and mach-o/nlist.h.
const MACHO_MAGIC = 0xfeedfacf;
const MACHO_MACHINE = { 16777223: 'x86-64', 16777228: 'arm64' }; // CPU_TYPE_*: 7 and 12 with the 64-bit flag
const MH_LIBRARY = [6, 8]; // dylib, bundle
const LC_DYLIB = [0xc, 0x20, 0x80000018, 0x8000001f, 0x80000023]; // to load: plain, lazy, weak, re-exported, upward
const LC = { SEGMENT_64: 0x19, SYMTAB: 2, BUILD_VERSION: 0x32, CODE_SIGNATURE: 0x1d, RPATH: 0x8000001c };
const N = { EXT: 1, TYPE: 0xe, WEAK_REF: 0x40, size: 16 };

/** The largest power of two that divides an address, at most 64 kB. */
function alignment(address) {
  let page = 1;
  while (page < 0x10000 && address % (page * 2) === 0) page *= 2;
  return page;
}

function machoSymbols(bytes, { u16, u32 }, symtab) {
  const symbols = { imports: [], weak: [], exports: [] };
  for (const symbol of each(u32(symtab + 8), N.size, u32(symtab + 12))) {
    const undefinedList = u16(symbol + 6) & N.WEAK_REF ? symbols.weak : symbols.imports;
    const list = (bytes[symbol + 4] & N.TYPE) === 0 ? undefinedList : symbols.exports;
    if (bytes[symbol + 4] & N.EXT) list.push(name(bytes, u32(symtab + 16) + u32(symbol)).replace(/^_/, ''));
  }
  return symbols;
}

function readMacho(bytes) {
  const read = numbers(bytes, true, true);
  const { u32, word } = read;
  const commands = [];
  for (let offset = 32; commands.length < u32(16); offset += u32(offset + 4)) commands.push(offset);
  const ofType = (...types) => commands.filter((command) => types.includes(u32(command)));
  const version = (number) => `${number >>> 16}.${(number >>> 8) & 0xff}`;
  return {
    format: 'Mach-O',
    machine: `${MACHO_MACHINE[u32(4)] ?? u32(4)}, 64 little`,
    flags: 0,
    page: Math.min(...ofType(LC.SEGMENT_64).map((command) => alignment(word(command + 24)))),
    signed: ofType(LC.CODE_SIGNATURE).length === 1,
    libraries: ofType(...LC_DYLIB).map((command) => name(bytes, command + u32(command + 8))),
    versions: ofType(LC.BUILD_VERSION).map((command) => version(u32(command + 12))),
    ...machoSymbols(bytes, read, ofType(LC.SYMTAB)[0]),
    faults: [
      ...(MH_LIBRARY.includes(u32(12)) ? [] : ['not a library']),
      ...ofType(LC.RPATH).map(() => 'RPATH'),
    ],
  };
}

// Offsets and values of Microsoft's "PE Format", from the signature, and in the optional header of 64-bit files.
const PE_MACHINE = { 34404: 'x86-64', 43620: 'arm64' };
const PE = { sections: 6, optionalSize: 20, characteristics: 22, optional: 24, DLL: 0x2000 };
const PE_OPTIONAL = { magic: 0x20b, alignment: 32, subsystem: 48, dll: 70, directories: 112 };
const PE_PROTECTION = { 32: 'high-entropy addresses', 64: 'a movable base', 256: 'no-execute' };
const DIRECTORY = { exports: 0, imports: 1, delayed: 13 };
const ORDINAL = 2 ** 63;

/** Where in the file the loaded address `rva` lies. */
function peOffsets({ u16, u32 }, header) {
  const first = header + PE.optional + u16(header + PE.optionalSize);
  const sections = each(first, 40, u16(header + PE.sections));
  return (rva) => {
    const section = sections.find((at) => rva >= u32(at + 12) && rva < u32(at + 12) + u32(at + 16));
    if (section === undefined) throw new Error(`no section has the address ${rva}`);
    return rva - u32(section + 12) + u32(section + 20);
  };
}

function peImports(bytes, { u32, word }, offset, table) {
  const libraries = [];
  const imports = [];
  for (let entry = offset(table); u32(entry + 12) !== 0; entry += 20) {
    libraries.push(name(bytes, offset(u32(entry + 12))));
    for (let slot = offset(u32(entry)); word(slot) !== 0; slot += 8) {
      imports.push(word(slot) >= ORDINAL ? `ordinal ${u32(slot)}` : name(bytes, offset(u32(slot)) + 2));
    }
  }
  return { libraries, imports };
}

function peExports(bytes, { u32 }, offset, table) {
  if (table === 0) return [];
  const at = offset(table);
  return each(offset(u32(at + 32)), 4, u32(at + 24)).map((pointer) => name(bytes, offset(u32(pointer))));
}

function readPe(bytes) {
  const read = numbers(bytes, true, true);
  const { u16, u32 } = read;
  const header = u32(0x3c);
  const optional = header + PE.optional;
  const machine = PE_MACHINE[u16(header + 4)] ?? u16(header + 4);
  if (u32(header) !== 0x4550 || u16(optional) !== PE_OPTIONAL.magic) throw new Error('no 64-bit PE');
  const offset = peOffsets(read, header);
  const table = (index) => u32(optional + PE_OPTIONAL.directories + 8 * index);
  const protection = u16(optional + PE_OPTIONAL.dll);
  const lacking = Object.entries(PE_PROTECTION).filter(([bit]) => (protection & Number(bit)) === 0);
  return {
    format: 'PE',
    machine: `${machine}, 64 little`,
    flags: 0,
    page: u32(optional + PE_OPTIONAL.alignment),
    versions: [`${u16(optional + PE_OPTIONAL.subsystem)}.${u16(optional + PE_OPTIONAL.subsystem + 2)}`],
    ...peImports(bytes, read, offset, table(DIRECTORY.imports)),
    weak: [],
    exports: peExports(bytes, read, offset, table(DIRECTORY.exports)),
    faults: [
      ...(u16(header + PE.characteristics) & PE.DLL ? [] : ['not a library']),
      ...(table(DIRECTORY.delayed) === 0 ? [] : ['imports that are delayed']),
      ...lacking.map(([, what]) => `not marked for ${what}`),
    ],
  };
}

export function readBinary(bytes) {
  if (bytes.toString('latin1', 0, 4) === '\x7fELF') return readElf(bytes);
  if (bytes.readUInt32LE(0) === MACHO_MAGIC) return readMacho(bytes);
  if (bytes.toString('latin1', 0, 2) === 'MZ') return readPe(bytes);
  throw new Error('neither ELF nor 64-bit Mach-O nor PE');
}
