/** A headless Chromium controlled by the DevTools protocol, through a pipe instead of a port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Why there is no browser here; null if there is one. */
export const noChromium = ((): string | null => {
  const tried = spawnSync('chromium', ['--version'], { encoding: 'utf8' });
  return tried.status === 0 ? null : 'no chromium is installed here';
})();

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export interface View {
  width: number;
  height: number;
  scheme: 'light' | 'dark';
}

/** The result of loading a page. */
export interface Loaded {
  /** Its network requests, including the page itself. */
  requests: string[];
  /** Console messages, exceptions and the browser's own complaints. */
  complaints: string[];
}

export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #events: Message[] = [];
  #session: unknown;
  #nextId = 1;

  private constructor() {
    this.#profile = mkdtempSync(join(tmpdir(), 'v6only-chromium-'));
    const args = [...FLAGS, ...QUIET, `--user-data-dir=${this.#profile}`, '--remote-debugging-pipe'];
    this.#process = spawn('chromium', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let rest = '';
    const from = this.#process.stdio[4] as Readable;
    from.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#receive(JSON.parse(part));
    });
  }

  static async start(): Promise<Browser> {
    const browser = new Browser();
    const { targetId } = await browser.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId;
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.#send(`${domain}.enable`);
    return browser;
  }

  #receive(message: Message): void {
    if (message.id === undefined) this.#events.push(message);
    else this.#answers.get(message.id)?.(message);
  }

  #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    const to = this.#process.stdio[3] as Writable;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      to.write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`);
    });
  }

  /** Loads a page in a window of that size, and waits until it is rendered. */
  async load(url: string, { width, height, scheme }: View): Promise<Loaded> {
    this.#events.length = 0;
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.#send('Emulation.setDeviceMetricsOverride', metrics);
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#send('Emulation.setEmulatedMedia', { features });
    await this.#send('Page.navigate', { url });
    await this.evaluate(
      'document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => done())))',
    );
    const of = (...methods: string[]) => this.#events.filter(({ method }) => methods.includes(method ?? ''));
    const complaints = of(
      'Runtime.consoleAPICalled',
      'Runtime.exceptionThrown',
      'Log.entryAdded',
      'Network.loadingFailed',
    );
    return {
      requests: of('Network.requestWillBeSent').map(({ params }) => urlOf(params)),
      complaints: complaints.map((event) => JSON.stringify(event)),
    };
  }

  /** The value of an expression in the page, through JSON. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', params);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return Object(result).value;
  }

  /** The page as a PNG: all of it, or only the window. */
  async screenshot(captureBeyondViewport = true): Promise<Buffer> {
    const { data } = await this.#send('Page.captureScreenshot', { captureBeyondViewport });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    await this.#send('Browser.close').catch(() => this.#process.kill('SIGKILL'));
    await gone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function urlOf(params: Record<string, unknown> | undefined): string {
  const request: { url?: unknown } = Object(params?.['request']);
  return String(request.url);
}
