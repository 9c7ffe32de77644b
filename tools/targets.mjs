// The files to build: one for each system and processor, with the folder and name that
// src/kernel/addon.ts looks for. Used by prebuild.mjs, which builds them, and check-prebuilds.mjs, which inspects them.

// No library is linked: undefined symbols are found in the host process. (If a system has only one C library,
// as FreeBSD, NetBSD and macOS, zig adds it.)
const ELF = {
  format: 'ELF',
  compile: [],
  maxBytes: 20_000,
  link: ['-shared', '-nostdlib', '-s', '-Wl,--gc-sections,--hash-style=gnu'],
};
const MACHO = {
  format: 'Mach-O',
  compile: [],
  maxBytes: 60_000, // mostly padding to the page size
  link: [
    ...['-dynamiclib', '-nostdlib', '-install_name', 'v6only.node'],
    '-Wl,-undefined,dynamic_lookup,-dead_strip,-x',
  ],
};
// The C library is a part of Windows 10 (ucrtbase.dll). Node's functions are found at load (native/host_win.cc).
const PE = {
  format: 'PE',
  // The calling convention asks for unwind tables (Microsoft, "x64 calling convention" and "ARM64 ABI").
  compile: ['-funwind-tables', '-fasynchronous-unwind-tables'],
  maxBytes: 20_000,
  link: [
    '-shared',
    '-nostdlib',
    '-s',
    '-Wl,--entry=DllMain',
    '-lucrtbase',
    '-lws2_32',
    '-liphlpapi',
    '-lkernel32',
  ],
};

// `gyp` is the system's name in binding.gyp, `minimum` the oldest version of its C library that will do.
export const systems = {
  linux: { gyp: 'linux', libraries: [], minimum: '', ...ELF },
  freebsd: { gyp: 'freebsd', libraries: ['libc.so.7'], minimum: 'FBSD_1.0', ...ELF },
  netbsd: { gyp: 'netbsd', libraries: ['libpthread.so.1', 'libc.so.12'], minimum: '', ...ELF },
  openbsd: { gyp: 'openbsd', libraries: [], minimum: '', ...ELF },
  win32: {
    gyp: 'win',
    libraries: ['ucrtbase.dll', 'WS2_32.dll', 'IPHLPAPI.DLL', 'KERNEL32.dll'],
    minimum: '6.0',
    ...PE,
  },
  darwin: { gyp: 'mac', libraries: ['/usr/lib/libSystem.B.dylib'], minimum: '11.0', ...MACHO },
};

// `machine`, `flags`, `page` and `signed` are what must be in the headers of the file, `maxBytes` its limit where the
// system's will not do.
const target = (name, triple, machine, more) => ({
  name,
  system: name.split('-')[0],
  triple,
  machine,
  file: 'v6only.node',
  compile: [],
  flags: 0,
  page: 0x1000,
  ...more,
});

// -Oz itself, which zig takes for -Os: elsewhere the packed file gets no smaller by it, and ARM's then wants a division of
// the compiler's library. Calls through the table of addresses, which is filled when the file is loaded in any case
// (BIND_NOW), are shorter here than those through stubs together with the stubs.
const X64 = { compile: ['-Xclang', '-Oz', '-fno-plt'] };

// ARMv7 with the floating point unit that Node itself asks for: no NEON, 16 registers. A Node for ARMv6, whose
// process.arch is the same, is refused the file by src/kernel/addon.ts.
const ARMV7 = {
  // Thumb-2 instructions, which every ARMv7 has; zig passes no -mthumb on.
  compile: [
    '-mcpu=generic+v7a+vfp3d16-neon-d32',
    ...['-Xclang', '-target-feature', '-Xclang', '+thumb-mode'],
  ],
  flags: 0x5000400, // EABI 5, hard float
  page: 0x10000,
};

// Built to check that the sources compile, but not in the package (package.json): never run.
const UNPUBLISHED = { unpublished: true };

// A shared library of OpenBSD names no C library, whose version is another in each release: its own compiler links none into
// one (clang/lib/Driver/ToolChains/OpenBSD.cpp). zig does, but for Linux.
const OPENBSD_X64 = { ...X64, linkTriple: 'x86_64-linux-gnu.2.28' };

export const targets = [
  target('linux-x64', 'x86_64-linux-gnu.2.28', 'x86-64, 64 little', X64),
  target('linux-arm64', 'aarch64-linux-gnu.2.28', 'arm64, 64 little', { page: 0x10000 }),
  target('linux-arm', 'arm-linux-gnueabihf.2.28', 'arm, 32 little', ARMV7),
  target('linux-riscv64', 'riscv64-linux-gnu.2.28', 'riscv, 64 little', { flags: 0x5 }), // RVC, double-float
  target('linux-s390x', 's390x-linux-gnu.2.28', 's390, 64 big'),
  // ELFv2; each function sets up its table of contents, and each imported one has a stub.
  target('linux-ppc64', 'powerpc64le-linux-gnu.2.28', 'ppc64, 64 little', {
    flags: 0x2,
    page: 0x10000,
    maxBytes: 23_500,
  }),
  target('darwin-x64', 'x86_64-macos.11.0', 'x86-64, 64 little'),
  target('darwin-arm64', 'aarch64-macos.11.0', 'arm64, 64 little', { signed: true, page: 0x4000 }),
  target('freebsd-x64', 'x86_64-freebsd.14.0', 'x86-64, 64 little', X64),
  target('freebsd-arm64', 'aarch64-freebsd.14.0', 'arm64, 64 little', { page: 0x10000 }),
  target('win32-x64', 'x86_64-windows-gnu', 'x86-64, 64 little'),
  target('win32-arm64', 'aarch64-windows-gnu', 'arm64, 64 little'),
  target('netbsd-x64', 'x86_64-netbsd.10.1', 'x86-64, 64 little', { ...X64, ...UNPUBLISHED }),
  target('netbsd-arm64', 'aarch64-netbsd.10.1', 'arm64, 64 little', { page: 0x10000, ...UNPUBLISHED }),
  target('openbsd-x64', 'x86_64-openbsd', 'x86-64, 64 little', { ...OPENBSD_X64, ...UNPUBLISHED }),
];

/** The targets in the package. */
export const published = targets.filter(({ unpublished }) => !unpublished);
