/** What `doctor` advises on systems other than this one. */
import { afterEach, expect, it } from 'vitest';
import { findingsOf } from '../../src/cli/findings';
import { platformDefaults } from '../../src/machine/defaults';

const realPlatform = process.platform;
afterEach(() => void Object.defineProperty(process, 'platform', { value: realPlatform }));

it.each([
  ['linux', '/etc/hosts'],
  ['freebsd', '/etc/hosts'],
  ['win32', '%SystemRoot%\\System32\\drivers\\etc\\hosts'],
])('findingsOf on %s: names the hosts file of that system', (platform, file) => {
  const defaults = platformDefaults();
  Object.defineProperty(process, 'platform', { value: platform });
  const found = findingsOf(defaults, ['192.0.2.1']).find(({ id }) => id === 'localhost-not-loopback');
  expect(found?.message).toBe('localhost is 192.0.2.1; it should be a loopback address (RFC 6761, 6.3).');
  expect(found?.remedy).toBe(`Add "127.0.0.1 localhost" and "::1 localhost" to ${file}.`);
});
