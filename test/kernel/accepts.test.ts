/** Whom a socket lets in, over every kind of address, family and option. */
import { describe, expect, it } from 'vitest';
import { acceptedFamilies, optionDecides } from '../../src/kernel/accepts';

const BOTH = ['IPv6', 'IPv4'];

describe('acceptedFamilies', () => {
  it.each<[family: 'IPv6' | 'IPv4', address: string, v6Only: boolean | null, families: string[]]>([
    ['IPv6', '::', false, BOTH],
    ['IPv6', '0:0::0', false, BOTH],
    ['IPv6', '::', true, ['IPv6']],
    ['IPv6', '::', null, ['IPv6']],
    ['IPv6', '::1', false, ['IPv6']],
    ['IPv6', '::1', true, ['IPv6']],
    ['IPv6', 'fe80::1%lo', false, ['IPv6']],
    ['IPv6', '::ffff:0.0.0.0', false, ['IPv4']],
    ['IPv6', '::FFFF:7f00:1', null, ['IPv4']],
    ['IPv4', '0.0.0.0', null, ['IPv4']],
    ['IPv4', '127.0.0.1', null, ['IPv4']],
  ])('of an %s socket on %s with the option %s', (family, address, v6Only, families) => {
    expect(acceptedFamilies({ family, address, v6Only })).toEqual(families);
  });
});

describe('optionDecides', () => {
  it.each(['::', '0::0', '::ffff:127.0.0.1', '::ffff:0:0'])('on %s', (address) => {
    expect(optionDecides(address)).toBe(true);
  });

  it.each(['::1', 'fe80::1%lo', '2001:db8::1', '::127.0.0.1'])('not on %s', (address) => {
    expect(optionDecides(address)).toBe(false);
  });
});
