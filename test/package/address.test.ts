/** v6only/address: the address functions alone, for browsers and bundles. */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import vm from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import * as address from '../../src/address';
import { json, packageRoot, runNode } from '../harness/node-child';
import { copyPackage } from '../harness/package-copy';

const copy = copyPackage({ addon: false });
afterAll(() => copy.remove());

const NAMES = ['embeddedIPv4', 'isIPv4Mapped', 'unmapIPv4'];

describe('v6only/address', () => {
  it('is there for import and require, with the functions of v6only and no others', async () => {
    const path = copy.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
       import * as imported from 'v6only/address';
       const required = createRequire(import.meta.url)('v6only/address');
       const all = createRequire(import.meta.url)('v6only');
       const texts = ['::ffff:192.0.2.1', '::FFFF:c000:201', '64:ff9b::192.0.2.1', '::1%eth0', '::ffff:010.0.0.1', 1];
       const ask = ({ embeddedIPv4, isIPv4Mapped, unmapIPv4 }) =>
         texts.map((text) => [embeddedIPv4(text), isIPv4Mapped(text), unmapIPv4(text)]);
       const [a, b, c] = [imported, required, all].map((module) => JSON.stringify(ask(module)));
       console.log(JSON.stringify({ names: [Object.keys(imported), Object.keys(required)], same: a === b && b === c }));`,
    );
    const seen = json(await runNode([path], { cwd: copy.folder }));
    expect(seen).toEqual({ names: [NAMES, NAMES], same: true });
  });

  it('imports nothing, and works where there is nothing of Node', () => {
    const [script, module] = ['address.js', 'address.mjs'].map((name) =>
      readFileSync(join(packageRoot, 'dist', name), 'utf8'),
    );
    expect(script).not.toMatch(/\brequire\(|\bprocess\b|__dirname|\bBuffer\b/);
    expect(module).not.toMatch(/\bimport\b|\bprocess\b|__dirname|\bBuffer\b/);
    const exports: Partial<typeof address> = {};
    vm.runInNewContext(script ?? '', { exports });
    expect(exports.unmapIPv4?.('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it('knows zones and dotted tails as Node does', () => {
    const characters = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code));
    for (const zone of ['', 'eth0', '1', ...characters, ...characters.map((one) => `a${one}`)]) {
      const text = `::ffff:192.0.2.1%${zone}`;
      expect(address.isIPv4Mapped(text), JSON.stringify(text)).toBe(net.isIPv6(text));
    }
    for (const one of characters) {
      for (const tail of [`1.2.3.${one}`, `1.2.3.4${one}`, `${one}1.2.3.4`, `1.2${one}3.4`]) {
        const text = `::ffff:${tail}`;
        expect(address.isIPv4Mapped(text), JSON.stringify(text)).toBe(net.isIPv6(text));
      }
    }
  });
});
