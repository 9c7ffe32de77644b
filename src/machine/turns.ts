/** Long work in short turns, so that the event loop is never held up for long. */

const TURN_MS = 3;
/** As it was when this was loaded: mocked timers (node:test, Jest) stand still until somebody moves them on. */
const realSetImmediate = setImmediate;
/** How many steps come between two looks at the clock. */
const STEPS = 256;

export class Turns {
  #started = performance.now();
  #steps = 0;

  /** To be called at each step. */
  isOver(): boolean {
    this.#steps++;
    return this.#steps % STEPS === 0 && performance.now() - this.#started > TURN_MS;
  }

  async next(): Promise<void> {
    await new Promise((done) => realSetImmediate(done));
    this.#started = performance.now();
  }
}
