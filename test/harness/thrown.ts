/** What a step throws; undefined if nothing. */
export function thrown(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
}
