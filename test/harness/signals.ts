/** An AbortSignal only by its shape, like those of polyfills and other realms. */
export class SignalOfPolyfill extends EventTarget implements AbortSignal {
  aborted = false;
  reason: unknown;
  onabort: AbortSignal['onabort'] = null;

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}
