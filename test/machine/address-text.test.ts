/** The texts of addresses that the rows of a socket table share. */
import { expect, it, vi } from 'vitest';
import { AddressTexts } from '../../src/machine/address-text';

/** Four words in network order. */
function viewOf(...words: number[]): DataView {
  const view = new DataView(new ArrayBuffer(16));
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return view;
}

const TOP = 0x8000_0000;
const BASE = [0x2001_0db8, 1, 2, 3];

it.each([0, 1, 2, 3])(
  'AddressTexts: addresses that differ in one bit of word %i are two, whichever is kept',
  (differs) => {
    const texts = new AddressTexts();
    const other = viewOf(...BASE.map((word, i) => (i === differs ? (word | TOP) >>> 0 : word)));
    const expected = ['a001:db8:0:1:0:2:0:3', '2001:db8:8000:1:0:2:0:3', '2001:db8:0:1:8000:2:0:3'][differs];
    for (let times = 0; times < 3; times++) {
      expect(texts.read(viewOf(...BASE), 0, 'IPv6')).toBe('2001:db8:0:1:0:2:0:3');
      expect(texts.read(other, 0, 'IPv6')).toBe(expected ?? '2001:db8:0:1:0:2:8000:3');
    }
  },
);

it('AddressTexts: the wildcard is not taken for known before it was read', () => {
  const texts = new AddressTexts();
  expect([1, 2].map(() => texts.read(viewOf(0, 0, 0, 0), 0, 'IPv6'))).toEqual(['::', '::']);
});

it('AddressTexts: makes the text of an address once, for as many as a machine has', () => {
  const texts = new AddressTexts();
  const views = Array.from({ length: 1023 }, (_, i) => viewOf(0x2001_0db8, 2, 1, i + 1));
  const first = views.map((view) => texts.read(view, 0, 'IPv6'));
  expect(new Set(first).size).toBe(views.length);
  const groups = vi.spyOn(DataView.prototype, 'getUint16');
  expect(views.map((view) => texts.read(view, 0, 'IPv6'))).toEqual(first);
  expect(groups).not.toHaveBeenCalled();
  texts.read(viewOf(0x2001_0db8, 2, 3, 1), 0, 'IPv6');
  expect(groups).toHaveBeenCalled();
  groups.mockRestore();
});

it('AddressTexts: reads from the place it is told', () => {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint32(16, 0xc000_0201);
  expect(new AddressTexts().read(view, 16, 'IPv4')).toBe('192.0.2.1');
  expect(new AddressTexts().read(view, 16, 'IPv6')).toBe('c000:201::');
});
