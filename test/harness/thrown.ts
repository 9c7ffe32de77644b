/** What a step throws; undefined where it throws nothing. */
export function thrown(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  return undefined;
}
