/** Checks whether the samples of a phase are flat. */

/**
 * How much memory may grow over the second half, by least squares: noise from garbage collection and the allocator,
 * in MB, plus bytes per operation. An empty object in an array takes about 65 bytes, and the smallest `malloc` 32.
 */
const MEMORY = {
  heap: { noise: 0.5, bytes: 8 },
  rss: { noise: 6, bytes: 16 },
};

/** The last third's median may be `times` the first third's, plus the time of a garbage collection. */
const DELAY = { times: 3, ms: 20 };

/** The slope of the least-squares line. */
function slope(points) {
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return across / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function judgeCount(what, samples) {
  const first = samples[0][what];
  const other = samples.find((sample) => sample[what] !== first);
  return other && `${what} went from ${first} to ${other[what]} after ${other.done} operations`;
}

function judgeMemory(what, samples) {
  const half = samples.slice(samples.length >> 1);
  const operations = half[half.length - 1].done - half[0].done;
  const climbed = slope(half.map((sample) => [sample.done, sample[what]])) * operations;
  const { noise, bytes } = MEMORY[what];
  const most = noise + (bytes * operations) / 2 ** 20;
  const each = ((climbed * 2 ** 20) / operations).toFixed(1);
  const found = `${what} climbed by ${climbed.toFixed(2)} MB over ${operations} operations, ${each} bytes each`;
  return climbed > most && `${found}; ${most.toFixed(2)} MB is allowed`;
}

function judgeDelay(samples) {
  const third = Math.ceil(samples.length / 3);
  const [first, last] = [samples.slice(0, third), samples.slice(-third)].map((part) =>
    median(part.map(({ delay }) => delay)),
  );
  const grown = last > first * DELAY.times + DELAY.ms;
  return grown && `the event loop's delay went from ${first.toFixed(1)} to ${last.toFixed(1)} ms`;
}

/** Describes what isn't flat. */
export function judge({ name, samples }) {
  const found = [
    judgeCount('descriptors', samples),
    judgeCount('handles', samples),
    judgeMemory('heap', samples),
    judgeMemory('rss', samples),
    judgeDelay(samples),
  ];
  return found.filter(Boolean).map((text) => `${name}: ${text}`);
}
