/** What `bindUdp(options)` may be told. */
import { requireKnown } from '../kernel/options';
import { type CheckedOptions, COMMON, type CommonOptions, checkBoolean, checkCommon } from './options';

/** What `bindUdp` may be told. */
export interface BindUdpOptions extends CommonOptions {
  /** As dgram's: SO_REUSEADDR on Linux, SO_REUSEPORT on FreeBSD and macOS. */
  reuseAddr?: boolean | undefined;
}

export interface CheckedBindUdpOptions extends CheckedOptions {
  readonly reuseAddr: boolean | undefined;
}

const BIND_UDP = [...COMMON, 'reuseAddr'];

/** @throws {TypeError} for what `bindUdp` does not know. @throws {RangeError} for a bad port. */
export function checkBindUdpOptions(options: unknown): CheckedBindUdpOptions {
  requireKnown('options', options, BIND_UDP);
  const { reuseAddr } = options;
  return { ...checkCommon(options), reuseAddr: checkBoolean('reuseAddr', reuseAddr) };
}
