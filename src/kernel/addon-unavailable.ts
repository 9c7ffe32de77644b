import { nameFor } from './error-name';

/**
 * The native addon is not available: `cause` is what loading it ended in.
 *
 * @category Errors
 */
export class AddonUnavailableError extends Error {
  static {
    nameFor(AddonUnavailableError);
  }

  /** As on the console. */
  declare readonly name: 'AddonUnavailableError';
  /** Always this one. */
  readonly code = 'ERR_ADDON_UNAVAILABLE';
  /** No file that loads here, or a process that refuses addons. */
  readonly reason: 'addon-missing' | 'addon-refused';

  /** @internal */
  constructor(reason: 'addon-missing' | 'addon-refused', message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
