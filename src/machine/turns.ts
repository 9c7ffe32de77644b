/** Splits long work into short turns, so that it never blocks the event loop for long. */

const TURN_MS = 3;
/** Captured at load time: mocked timers (node:test, Jest) don't advance on their own. */
const realSetImmediate = setImmediate;
/** How many steps to run before checking the clock. */
const STEPS = 256;

export class Turns {
  #started = performance.now();
  #steps = 0;

  /** Call it at each step. */
  isOver(): boolean {
    this.#steps++;
    return this.#steps % STEPS === 0 && performance.now() - this.#started > TURN_MS;
  }

  async next(): Promise<void> {
    await new Promise((done) => realSetImmediate(done));
    this.#started = performance.now();
  }
}
