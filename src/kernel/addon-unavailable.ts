import { nameFor } from './error-name';

/**
 * The native addon is not available; `cause` is the error from loading it.
 *
 * @category Errors
 */
export class AddonUnavailableError extends Error {
  static {
    nameFor(AddonUnavailableError);
  }

  /** The name of the class. */
  declare readonly name: 'AddonUnavailableError';
  /** Always the same. */
  readonly code = 'ERR_ADDON_UNAVAILABLE';
  /** `addon-missing`: no file loads here; `addon-refused`: this process refuses addons. */
  readonly reason: 'addon-missing' | 'addon-refused';

  /** @internal */
  constructor(reason: 'addon-missing' | 'addon-refused', message: string, cause: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
