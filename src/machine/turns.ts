/** Long work in short turns, so that the event loop is never held up for long. */

const TURN_MS = 3;
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
    await new Promise((done) => setImmediate(done));
    this.#started = performance.now();
  }
}
